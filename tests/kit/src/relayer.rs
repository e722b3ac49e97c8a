//! A relayer's policy for what is not about policies: everybody may let it transfer, within budgets.

/// Budgets, as a policy writes amounts: `3 NEAR`, `5 yoctoNEAR`.
#[derive(Clone, Copy, Debug)]
pub struct Budgets<'a> {
    /// Of all apps, ever.
    pub total: &'a str,
    /// Of all apps on a day.
    pub per_day: &'a str,
    /// Of each app on a day.
    pub per_app: &'a str,
    /// Of each user of an app on a day.
    pub per_user: &'a str,
}

impl Budgets<'_> {
    /// The policy's file. One request of these apps is a transfer, and can cost 1 NEAR.
    #[must_use]
    pub fn for_transfers(&self, apps: &[&str]) -> String {
        let Self { total, per_day, per_app, per_user } = self;
        let mut text = format!("[budget]\nper_day = \"{per_day}\"\ntotal = \"{total}\"\n");
        for app in apps {
            text.push_str(&format!(
                r#"
[apps.{app}]
per_call = "1 NEAR"
per_user_per_day = "{per_user}"
per_day = "{per_app}"
[[apps.{app}.rules]]
name = "gifts"
ways = ["delegate", "intent"]
users = "any"
keys = "any"
receivers = "any"
max_actions = 1
max_lifetime_blocks = 10000000
[[apps.{app}.rules.allow]]
action = "transfer"
max_deposit = "5 NEAR"
"#
            ));
        }
        text
    }
}
