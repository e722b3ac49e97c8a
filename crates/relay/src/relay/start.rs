//! What an instance begins with: its client, its apps, its id.

use super::App;
use crate::clock;
use crate::config::{Config, Environment, WebhookConfig};
use crate::error::StartError;
use crate::policy::Policy;
use crate::rate::Rate;
use crate::webhooks::Receiver;
use crate::{AppName, InstanceId, RequestId};
use std::collections::BTreeMap;

pub(super) fn apps(
    config: &Config,
    policy: &Policy,
    environment: Environment<'_>,
) -> Result<BTreeMap<AppName, App>, StartError> {
    let mut apps = BTreeMap::new();
    for (name, app) in &config.apps {
        if !policy.apps.contains_key(name) {
            return Err(StartError::NoRules(name.clone()));
        }
        let webhook = match &app.webhook {
            None => None,
            Some(WebhookConfig { url, secret }) => {
                let field = format!("apps.{name}.webhook.secret");
                Some(Receiver::new(url.clone(), secret.read(&field, environment)?))
            }
        };
        let rate = Rate::new(app.requests_per_second, clock::now());
        apps.insert(name.clone(), App { config: app.clone(), rate, webhook });
    }
    Ok(apps)
}

pub(super) fn instance_id() -> Result<InstanceId, StartError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let id = RequestId::new(clock::unix_ms(), random).to_string();
    Ok(id.parse().expect("the invariant that hexadecimal digits are an instance id"))
}
