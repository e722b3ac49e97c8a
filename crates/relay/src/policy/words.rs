//! A policy in words.

use super::among::listed;
use super::{Allow, App, Arguments, Policy, Rule, shown};
use keyway::{format_gas, format_near};
use std::fmt::{self, Write};

impl Policy {
    /// The whole policy in words, for people to read before it is live.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("writing to a text does not fail");
        text
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        if self.budget.stopped {
            writeln!(out, "STOPPED: every request is refused until `stopped` is false.\n")?;
        }
        let (day, total) = (format_near(self.budget.per_day), format_near(self.budget.total));
        writeln!(out, "The relayer spends at most {day} a day, and stops when {total} are spent.")?;
        for (name, app) in &self.apps {
            writeln!(out)?;
            write_app(out, name.as_str(), app)?;
        }
        writeln!(out, "\nEverything else is refused.")
    }
}

fn write_app(out: &mut String, name: &str, app: &App) -> fmt::Result {
    writeln!(out, "App `{name}`")?;
    writeln!(out, "  one request   {} at most", format_near(app.per_call))?;
    writeln!(out, "  one user      {} a day", format_near(app.per_user_per_day))?;
    writeln!(out, "  the app       {} a day", format_near(app.per_day))?;
    app.rules.iter().try_for_each(|rule| write_rule(out, rule))
}

fn write_rule(out: &mut String, rule: &Rule) -> fmt::Result {
    let Rule { name, ways, users, keys, receivers, max_actions, max_lifetime_blocks, allow } = rule;
    writeln!(out, "  Rule `{name}`")?;
    match max_lifetime_blocks {
        None => writeln!(out, "    way         {}", listed(ways))?,
        Some(blocks) => writeln!(
            out,
            "    way         {}; a delegate action is valid for at most {blocks} more blocks",
            listed(ways)
        )?,
    }
    writeln!(out, "    users       {}", users.in_words())?;
    writeln!(out, "    keys        {}", keys.in_words())?;
    writeln!(out, "    receivers   {}", receivers.in_words())?;
    writeln!(out, "    actions     at most {max_actions}, each one of these:")?;
    allow.iter().try_for_each(|allow| write_allow(out, allow))
}

fn write_allow(out: &mut String, allow: &Allow) -> fmt::Result {
    write!(out, "      {}", allow.kind())?;
    match allow {
        Allow::Call { methods, max_gas, max_deposit, arguments } => {
            let (gas, deposit) = (format_gas(*max_gas), format_near(*max_deposit));
            writeln!(out, " {}", shown(&methods.in_words()))?;
            writeln!(out, "        at most {gas} and a deposit of {deposit}")?;
            write_arguments(out, arguments)
        }
        Allow::Transfer { max_deposit } => {
            writeln!(out, " of at most {}", format_near(*max_deposit))
        }
        Allow::CreateAccount {} | Allow::AddFullAccessKey {} | Allow::DeleteKey {} => writeln!(out),
        Allow::AddFunctionCallKey { receivers, methods, max_allowance } => {
            writeln!(out, " for {}", receivers.in_words())?;
            writeln!(out, "        functions: {}", shown(&methods.in_words()))?;
            writeln!(out, "        allowance: at most {}", format_near(*max_allowance))
        }
        Allow::DeployContract { max_bytes } => writeln!(out, " of at most {max_bytes} bytes"),
    }
}

fn write_arguments(out: &mut String, arguments: &Arguments) -> fmt::Result {
    match arguments {
        Arguments::Any => writeln!(out, "        arguments: any, also what is not JSON"),
        Arguments::None => writeln!(out, "        arguments: none"),
        Arguments::Object { fields, checks } => {
            let fields = shown(&fields.in_words());
            writeln!(out, "        arguments: a JSON object with no other fields than: {fields}")?;
            checks.iter().try_for_each(|check| writeln!(out, "          where {check}"))
        }
    }
}
