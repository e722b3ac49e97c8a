//! Writes the first inputs of each target's corpus: what the strategies and the encoders make.

use base64::Engine;
use keyway_chain::Record;
use keyway_fuzz::draw::drawn;
use keyway_property_tests::{build, strategy, world};
use keyway_signer::{HdPath, KeyPair, SeedPhrase};
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, inputs) in [
        ("chain", stories()),
        ("journal", journal()),
        ("json_rpc", requests()),
        ("key_files", secrets()?),
        ("lock", contracts(&corpus.join("../../contracts/wasm"))?),
        ("store", store()),
        ("transactions", transactions()),
    ] {
        fs::create_dir_all(corpus.join(target))?;
        for (number, input) in inputs.into_iter().enumerate() {
            fs::write(corpus.join(target).join(format!("seed-{number:02}")), input)?;
        }
    }
    Ok(())
}

/// Up to 24 steps each.
fn stories() -> Vec<Vec<u8>> {
    let choices = |story: u64| (0..6 + 2 * story).map(move |step| story * 100 + step);
    (0..10).map(|story| choices(story).flat_map(u64::to_le_bytes).collect()).collect()
}

fn signed(seed: u64) -> Option<near_primitives::transaction::SignedTransaction> {
    let plan = drawn(&strategy::transaction(), &seed.to_le_bytes())?;
    let chain = keyway_fuzz::start(88);
    let head = chain.head();
    let at = build::Moment { state: &head.state, height: 5, base: *head.hash() };
    Some(build::transaction(at, &plan))
}

fn transactions() -> Vec<Vec<u8>> {
    let all = (0..200).filter_map(signed).filter_map(|tx| borsh::to_vec(&tx).ok());
    let short = all.filter(|bytes| bytes.len() < 1_000).take(24);
    (0..).zip(short).map(|(number, bytes)| [vec![number % 5 * 2], bytes].concat()).collect()
}

fn journal() -> Vec<Vec<u8>> {
    let inputs = (0..60).filter_map(signed).map(|tx| keyway_chain::Input::transaction(tx));
    let ticks = [keyway_chain::Input::Tick];
    let records = inputs.chain(ticks).filter_map(|input| {
        Record { now_ns: world::NOW, input, head: None }
            .encode()
            .ok()
            .filter(|bytes| bytes.len() < 1_000)
    });
    let body = |record: &[u8]| [&[255], &record[9..record.len() - 8]].concat();
    records.take(12).flat_map(|record| [body(&record), [vec![0], record].concat()]).collect()
}

fn requests() -> Vec<Vec<u8>> {
    let at = r#""finality":"final""#;
    let query = |more: &str| format!(r#""query","params":{{{more},{at}}}"#);
    let key = keyway_property_tests::keys::public(0, 1);
    let bytes = (0..200).filter_map(signed).filter_map(|tx| borsh::to_vec(&tx).ok());
    let sent = bytes.filter(|bytes| bytes.len() < 600).take(4).map(|bytes| {
        let text = base64::prelude::BASE64_STANDARD.encode(bytes);
        format!(r#""send_tx","params":{{"signed_tx_base64":"{text}","wait_until":"FINAL"}}"#)
    });
    let account = r#"{"Account":{"account_id":"new.near","account":{"amount":"7","locked":"0","code_hash":"11111111111111111111111111111111","storage_usage":182,"version":"V1"}}}"#;
    let data = r#"{"Data":{"account_id":"bob.near","data_key":"YQ==","value":"Yg=="}}"#;
    let rest = [
        query(r#""request_type":"view_account","account_id":"alice.near""#),
        query(&format!(r#""request_type":"view_access_key","account_id":"alice.near","public_key":"{key}""#)),
        query(r#""request_type":"view_access_key_list","account_id":"alice.near""#),
        query(r#""request_type":"view_state","account_id":"bob.near","prefix_base64":"","include_proof":true"#),
        query(r#""request_type":"call_function","account_id":"bob.near","method_name":"run","args_base64":"AA==""#),
        query(r#""request_type":"view_code","account_id":"alice.near""#),
        format!(r#""block","params":{{{at}}}"#),
        r#""chunk","params":{"block_id":0,"shard_id":0}"#.to_owned(),
        r#""validators","params":[null]"#.to_owned(),
        r#""gas_price","params":[null]"#.to_owned(),
        r#""status","params":[]"#.to_owned(),
        format!(r#""EXPERIMENTAL_changes","params":{{"changes_type":"account_changes","account_ids":["alice.near"],{at}}}"#),
        format!(r#""EXPERIMENTAL_changes_in_block","params":{{{at}}}"#),
        format!(r#""EXPERIMENTAL_protocol_config","params":{{{at}}}"#),
        r#""tx","params":{"tx_hash":"11111111111111111111111111111111","sender_account_id":"alice.near","wait_until":"NONE"}"#.to_owned(),
        r#""EXPERIMENTAL_light_client_proof","params":{"type":"transaction","transaction_hash":"11111111111111111111111111111111","sender_id":"alice.near","light_client_head":"11111111111111111111111111111111"}"#.to_owned(),
        format!(r#""sandbox_patch_state","params":{{"records":[{account},{data}]}}"#),
        r#""sandbox_fast_forward","params":{"delta_height":20}"#.to_owned(),
    ];
    let all = rest.into_iter().chain(sent);
    all.map(|call| format!(r#"{{"jsonrpc":"2.0","id":1,"method":{call}}}"#).into_bytes()).collect()
}

/// Of keys that everybody can make.
fn secrets() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let pair = KeyPair::from_ed25519_seed(&[7; 32]);
    let (secret, public) = (pair.expose_secret_text(), pair.public_key().clone());
    let phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let derived = phrase.parse::<SeedPhrase>()?.key_pair(&HdPath::default());
    let texts = [
        format!(
            r#"{{"account_id":"alice.near","public_key":"{public}","private_key":"{}"}}"#,
            *secret
        ),
        format!(r#"{{"secret_key":"{}"}}"#, *secret),
        format!(
            r#"{{"master_seed_phrase":"{phrase}","seed_phrase_hd_path":"m/44'/397'/0'","account_id":"alice.near","public_key":"{}","private_key":"{}"}}"#,
            derived.public_key(),
            *derived.expose_secret_text()
        ),
        secret.to_string(),
        phrase.to_owned(),
        format!("KEY='{}' and \"{phrase}\"", *secret),
        public.to_string(),
        "m/44'/397'/0'".to_owned(),
        "\u{1b}[31mred\u{202e}".to_owned(),
    ];
    Ok(texts.into_iter().map(String::into_bytes).collect())
}

fn contracts(wasm: &Path) -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let _large = wasm;
    Ok(vec![keyway_property_tests::driver::CODE.to_vec()])
}

fn store() -> Vec<Vec<u8>> {
    let entries = keyway_fuzz::archive::Entries::sound().each();
    let short = entries.into_iter().filter(|(_, _, bytes)| bytes.len() < 1_500);
    let mut taken = [0; 7];
    let few = short.filter(|(kind, ..)| {
        let taken = &mut taken[usize::from(*kind)];
        *taken += 1;
        *taken <= 4
    });
    few.map(|(kind, at, bytes)| [vec![kind, at], bytes].concat()).collect()
}
