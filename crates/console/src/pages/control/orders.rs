//! What the forms of chain control ask for.

use crate::failure::Failure;
use crate::fields::{Fields, Problem, Reader};
use keyway::{Client, Error};
use serde_json::{Value, json};

/// A request of chain control.
#[derive(Clone, Debug)]
pub(super) struct Order {
    method: &'static str,
    params: Value,
    done: Done,
    /// The snapshot that it is about.
    pub(super) snapshot: Option<String>,
}

/// What was done, as the page says it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Time,
    Mined,
    Sealing,
    Saved,
    Reverted,
    Deleted,
    Reset,
}

impl Order {
    /// Reads the form `name`; `None` if there is no such form.
    ///
    /// # Errors
    /// If the request is not one of a form.
    pub(super) fn read(
        name: &str,
        fields: &Fields,
    ) -> Result<Option<Result<Self, Vec<Problem>>>, Failure> {
        let mut read = Reader::new(fields);
        let order = match name {
            "time" => time(&mut read),
            "mine" => mine(&mut read),
            "sealing" => sealing(&mut read),
            "save" => {
                let name = read.text("name").map(str::to_owned);
                let note = fields.exact("note");
                name.map(|name| {
                    Self::new(
                        "keyway_snapshot_save",
                        json!({"name": name, "note": note}),
                        Done::Saved,
                    )
                })
            }
            "revert" => read
                .text("name")
                .map(|name| Self::of_snapshot("keyway_snapshot_revert", name, Done::Reverted)),
            "delete" => read
                .text("name")
                .map(|name| Self::of_snapshot("keyway_snapshot_delete", name, Done::Deleted)),
            "reset" => Some(Self::new("keyway_reset", json!({}), Done::Reset)),
            _ => return Ok(None),
        };
        Ok(Some(read.end(order)))
    }

    fn new(method: &'static str, params: Value, done: Done) -> Self {
        Self { method, params, done, snapshot: None }
    }

    fn of_snapshot(method: &'static str, name: &str, done: Done) -> Self {
        Self { snapshot: Some(name.to_owned()), ..Self::new(method, json!({"name": name}), done) }
    }

    /// Whether something is lost by it, so that it is confirmed first.
    pub(super) fn loses(&self) -> bool {
        matches!(self.done, Done::Reverted | Done::Deleted | Done::Reset)
    }

    /// What it does.
    pub(super) fn done(&self) -> Done {
        self.done
    }

    /// Does it.
    ///
    /// # Errors
    /// If the node refuses it.
    pub(super) async fn run(&self, client: &Client) -> Result<Done, Error> {
        let _answer: Value = client.request(self.method, self.params.clone()).await?;
        Ok(self.done)
    }
}

fn time(read: &mut Reader<'_>) -> Option<Order> {
    let (method, params) = match read.fields().text("how") {
        "set" => {
            let text = read.text("moment")?;
            let whole = if text.len() == "2027-05-01".len() {
                format!("{text}T00:00:00Z")
            } else {
                text.to_owned()
            };
            ("keyway_time_set", json!({"time": whole}))
        }
        "freeze" => ("keyway_time_freeze", json!({})),
        "step" => ("keyway_time_step", json!({"nanosec": span(read)?})),
        "free" => ("keyway_time_free", json!({})),
        _ => ("keyway_time_move", json!({"nanosec": span(read)?})),
    };
    Some(Order::new(method, params, Done::Time))
}

/// A length of time in nanoseconds, as text.
fn span(read: &mut Reader<'_>) -> Option<String> {
    let text = read.text("span")?;
    let nanoseconds = nanoseconds(text).map(|it| it.to_string());
    read.value(
        "span",
        nanoseconds.ok_or("is not a length of time: write it as in 500ms, 30s or 180d"),
    )
}

fn nanoseconds(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let of_one: u64 = match unit.trim() {
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" | "min" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        "d" | "days" => 86_400 * 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(of_one).filter(|it| *it > 0)
}

fn mine(read: &mut Reader<'_>) -> Option<Order> {
    let blocks = read.number::<u64>("blocks")?;
    if !(1..=MOST_BLOCKS).contains(&blocks) {
        read.wrong("blocks", "is out of range: write 1 to 1,000,000");
        return None;
    }
    Some(Order::new("keyway_mine", json!({"blocks": blocks}), Done::Mined))
}

fn sealing(read: &mut Reader<'_>) -> Option<Order> {
    let params = match read.fields().text("mode") {
        "every" => json!({"mode": "every", "interval_ms": read.number::<u64>("interval_ms")?}),
        "off" => json!({"mode": "off"}),
        _ => json!({"mode": "on"}),
    };
    Some(Order::new("keyway_sealing_set", params, Done::Sealing))
}

impl Done {
    const ALL: [Self; 7] = [
        Self::Time,
        Self::Mined,
        Self::Sealing,
        Self::Saved,
        Self::Reverted,
        Self::Deleted,
        Self::Reset,
    ];

    /// The one with this name in an address.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    /// Its name in an address.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Mined => "mined",
            Self::Sealing => "sealing",
            Self::Saved => "saved",
            Self::Reverted => "reverted",
            Self::Deleted => "deleted",
            Self::Reset => "reset",
        }
    }

    /// What was done.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Time => "The time was changed.",
            Self::Mined => "The blocks were sealed.",
            Self::Sealing => "Sealing was changed.",
            Self::Saved => "The snapshot was saved.",
            Self::Reverted => "The chain is back at the snapshot.",
            Self::Deleted => "The snapshot was deleted.",
            Self::Reset => "The chain is back at its first block.",
        }
    }
}

/// The most blocks of one request from a page.
const MOST_BLOCKS: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_units() {
        assert_eq!(nanoseconds("500ms"), Some(500_000_000));
        assert_eq!(nanoseconds("2 h"), Some(7_200_000_000_000));
        for text in ["", "5", "0s", "1.5s", "-1s", "s", "99999999999999d", "5 weeks"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
