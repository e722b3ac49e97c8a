//! A long contract that nobody has compiled yet.

/// A module of about 1.5 MB, as much as a transaction can carry. Each `seed` makes another one.
pub(super) fn long(seed: u32) -> Vec<u8> {
    let mut constant = seed;
    let bodies = (0..FUNCTIONS).map(|_| {
        // No locals; constants that are dropped again; the end.
        let mut body = vec![0];
        for _ in 0..STATEMENTS {
            constant = constant.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            body.push(0x41);
            body.extend(leb128(constant >> 5));
            body.push(0x1a);
        }
        body.push(0x0b);
        [leb128(body.len() as u32), body].concat()
    });
    let bodies: Vec<u8> = bodies.flatten().collect();
    let functions = vec![0; FUNCTIONS as usize];
    let export = [&[1, 4][..], b"main", &[0, 0]].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[leb128(FUNCTIONS), functions].concat()),
        section(7, &export),
        section(10, &[leb128(FUNCTIONS), bodies].concat()),
    ]
    .concat()
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [vec![id], leb128(content.len() as u32), content.to_vec()].concat()
}

/// A number that is not negative in the encoding of WebAssembly, which also reads it as a signed one.
fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 && low < 0x40 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

const FUNCTIONS: u32 = 3_000;
const STATEMENTS: u32 = 82;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_long_as_a_transaction_can_carry_and_always_another() {
        let (one, other) = (long(1), long(2));
        assert!((1_400_000..1_570_000).contains(&one.len()), "{}", one.len());
        assert_ne!(one, other);
        assert_eq!([leb128(5), leb128(64), leb128(300)], [vec![5], vec![0xc0, 0], vec![0xac, 2]]);
    }
}
