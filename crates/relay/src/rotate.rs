//! Replaces a lane's key while instances run, without a pause.
//!
//! The steps are those of [`keyway::rotation`], in another order: the new key is added and proved; the instances take it up;
//! the old secret is set aside, so that they give the old lanes no more work; what is under way there is proved; and only then
//! is the old key deleted. A progress file makes each step resumable.

mod error;

pub use error::RotateLaneError;

use crate::clock;
use crate::config::{Config, Environment, SignerSource};
use crate::view::LanesView;
use keyway::client::{AccountKey, Client};
use keyway::keys::{Curve, KeyService, MoreKeys};
use keyway::protocol::PublicKey;
use keyway::rotation::{
    ProgressFile, Rotation, RotationDriver, RotationReport, RotationSecrets, see_no_other,
};
use keyway::{AccountId, KeyPair};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What a rotation is made with.
pub struct RotateOptions<'a> {
    /// The relayer's configuration.
    pub config: &'a Config,
    /// Where secrets of the configuration are read from.
    pub environment: Environment<'a>,
    /// Where the progress is kept.
    pub progress: PathBuf,
    /// A key of the account besides the lanes' that may add and delete keys.
    pub admin: Option<KeyPair>,
    /// Whether the old secret is erased instead of set aside.
    pub erase_old: bool,
}

/// The rotation of a lane's key.
#[derive(Debug)]
pub struct LaneRotation {
    driver: RotationDriver,
    secrets: RotationSecrets,
    /// How long nobody must have held a lane of the old key.
    quiet: Duration,
}

impl LaneRotation {
    /// Decides on a new key for `old_key`, checks that the rotation can be carried out, writes the new secret and the
    /// progress file. Nothing is sent yet.
    ///
    /// # Errors
    /// If the signer takes no new key, `old_key` is none of its keys on the account, no key may change the account's keys,
    /// or another rotation is not finished.
    pub async fn start(
        options: RotateOptions<'_>,
        old_key: PublicKey,
    ) -> Result<Self, RotateLaneError> {
        let account_id = options.config.account.id.clone();
        see_no_other(&options.progress, &account_id)?;
        let Place { client, secrets, keys } = Place::open(&options)?;
        if options.erases_only() && !options.erase_old {
            return Err(RotateLaneError::OnlyErases { place: secrets.new.place() });
        }
        let listed = keys.public_keys(&account_id).await.map_err(keyway::Error::from)?;
        if !listed.contains(&old_key) {
            let (place, public_key) = (secrets.new.place(), Box::new(old_key));
            return Err(RotateLaneError::NoLane { place, public_key });
        }
        let new = KeyPair::random(Curve::of(&old_key));
        let on_chain = client.access_keys(&account_id).await?;
        let rotation = plan(account_id, old_key, &new, &on_chain)?;
        rotation.check(&client, keys.clone(), &on_chain).await?;
        let mut progress = ProgressFile::new(options.progress.clone(), rotation, ());
        progress.erase_old = options.erase_old;
        let driver = RotationDriver::start(client, keys, secrets.clone(), &new, progress).await?;
        Ok(Self { driver, secrets, quiet: quiet(options.config) })
    }

    /// Continues a rotation from its progress file.
    ///
    /// # Errors
    /// If there is none, or the configuration cannot be used.
    pub async fn resume(options: RotateOptions<'_>) -> Result<Self, RotateLaneError> {
        let Place { client, secrets, keys } = Place::open(&options)?;
        let mut progress =
            ProgressFile::read(options.progress.clone(), &options.config.account.id)?;
        progress.erase_old |= options.erase_old;
        let driver = RotationDriver::resume(client, keys, secrets.clone(), progress);
        Ok(Self { driver, secrets, quiet: quiet(options.config) })
    }

    /// Carries the rotation out. `look` asks every running instance that it can reach what it says of the lanes.
    ///
    /// # Errors
    /// The error that stopped it, also if instances do not take the new key up or do not finish what is under way on the
    /// old one. The progress file stays, and [`resume`](Self::resume) continues.
    pub async fn run(
        mut self,
        look: impl AsyncFn() -> Result<Vec<LanesView>, RotateLaneError>,
    ) -> Result<RotationReport, RotateLaneError> {
        self.driver.prepare().await?;
        let (old, new) = {
            let rotation = self.driver.rotation();
            (rotation.old_key.clone(), rotation.new_key.clone())
        };
        wait_for(&look, TAKE_UP, |views| {
            let without = views.iter().filter(|view| !view.keys.contains(&new)).count();
            (without > 0).then(|| RotateLaneError::NotTakenUp {
                public_key: Box::new(new.clone()),
                without,
                asked: views.len(),
                seconds: TAKE_UP.as_secs(),
            })
        })
        .await?;
        self.driver.retire_old_secret().await?;
        self.drain(&look, &old).await?;
        Ok(self.driver.run().await?)
    }

    /// Undoes the rotation: the new key is deleted, and the old one stays.
    ///
    /// # Errors
    /// [`RotateLaneError::TooLate`] if the old secret is set aside already; as
    /// [`RotationDriver::take_back`] otherwise.
    pub async fn take_back(self) -> Result<RotationReport, RotateLaneError> {
        let Rotation { account_id, old_key, .. } = self.driver.rotation().clone();
        let here = self.secrets.new.public_keys(&account_id).await.map_err(keyway::Error::from)?;
        if !here.contains(&old_key) {
            return Err(RotateLaneError::TooLate { public_key: Box::new(old_key) });
        }
        Ok(self.driver.take_back().await?)
    }

    /// Waits until no instance holds a lane of the old key or has bytes of it that are not proved, for some time: an
    /// instance that has not noticed yet may take one up that another returned.
    async fn drain(
        &self,
        look: &impl AsyncFn() -> Result<Vec<LanesView>, RotateLaneError>,
        old: &PublicKey,
    ) -> Result<(), RotateLaneError> {
        let mut quiet_since: Option<Instant> = None;
        wait_for(look, DRAIN, |views| {
            let now = clock::now();
            let lanes = views.iter().flat_map(|view| &view.lanes);
            let of_old: Vec<_> = lanes.filter(|it| it.lane.public_key == *old).collect();
            let leased = of_old.iter().filter(|it| it.leased).count();
            let unproved = of_old.iter().filter(|it| it.unproved).count();
            let signing = views.iter().filter(|view| view.keys.contains(old)).count();
            let busy = leased > 0 || unproved > 0 || signing > 0;
            let since = if busy { None } else { Some(quiet_since.unwrap_or(now)) };
            quiet_since = since;
            let is_quiet = since.is_some_and(|since| now.duration_since(since) >= self.quiet);
            (!is_quiet).then(|| RotateLaneError::StillUsed {
                public_key: Box::new(old.clone()),
                leased,
                unproved,
                signing,
                seconds: DRAIN.as_secs(),
            })
        })
        .await
    }
}

impl fmt::Debug for RotateOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateOptions").field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl RotateOptions<'_> {
    /// Whether the place of the keys has nowhere to set a secret aside.
    fn erases_only(&self) -> bool {
        matches!(self.config.account.signer, SignerSource::Keychain { .. })
    }
}

/// The progress file of the relayer whose configuration is at `config`: beside it.
#[must_use]
pub fn progress_file(config: &Path, account_id: &AccountId) -> PathBuf {
    config.with_file_name(format!("{account_id}.rotation.json"))
}

/// Asks an instance at its address what it says of the lanes.
///
/// # Errors
/// [`RotateLaneError::NoInstance`] if it does not answer within 5 seconds, or with something else.
pub async fn ask(url: &str) -> Result<LanesView, RotateLaneError> {
    let no = |why: String| RotateLaneError::NoInstance { url: url.to_owned(), why };
    let address = format!("{}/lanes", url.trim_end_matches('/'));
    let client = reqwest::Client::builder()
        .timeout(ANSWER)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| no(error.to_string()))?;
    let in_words = |error: reqwest::Error| no(error.without_url().to_string());
    let mut response = client.get(address).send().await.map_err(in_words)?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(in_words)? {
        if body.len() + part.len() > LONGEST {
            return Err(no(format!("its answer is longer than {LONGEST} bytes")));
        }
        body.extend_from_slice(&part);
    }
    match response.status().as_u16() {
        200 => serde_json::from_slice(&body)
            .map_err(|_| no("its answer is not that of a relayer".to_owned())),
        status => Err(no(format!("its status is {status}"))),
    }
}

/// What a rotation works on.
struct Place {
    client: Client,
    secrets: RotationSecrets,
    keys: Arc<dyn KeyService>,
}

impl Place {
    fn open(options: &RotateOptions<'_>) -> Result<Self, RotateLaneError> {
        let account = &options.config.account;
        if account.keys.is_some() {
            return Err(RotateLaneError::KeysAreNamed);
        }
        let secrets = account.signer.secrets(options.environment)?;
        let client = options.config.chain.client(options.environment)?;
        let keys = Arc::new(MoreKeys::new(secrets.new.clone(), options.admin.clone()));
        Ok(Self { client, secrets, keys })
    }
}

fn plan(
    account_id: AccountId,
    old_key: PublicKey,
    new: &KeyPair,
    on_chain: &[AccountKey],
) -> Result<Rotation, RotateLaneError> {
    let rotation = Rotation::new(account_id, old_key, new.public_key().clone(), on_chain);
    Ok(rotation.map_err(keyway::rotation::RotateError::from)?)
}

/// Each instance looks at its keys three times in the time of a lease.
fn quiet(config: &Config) -> Duration {
    config.account.lease() / 2
}

/// Looks until nothing is `lacking`, or the time is over.
async fn wait_for(
    look: &impl AsyncFn() -> Result<Vec<LanesView>, RotateLaneError>,
    time: Duration,
    mut lacking: impl FnMut(&[LanesView]) -> Option<RotateLaneError>,
) -> Result<(), RotateLaneError> {
    let end = clock::now() + time;
    loop {
        let lacks = match look().await {
            Ok(views) => match lacking(&views) {
                None => return Ok(()),
                Some(lacks) => lacks,
            },
            Err(error) => error,
        };
        if clock::now() >= end {
            return Err(lacks);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How long instances may take to see a new key: they look every few seconds.
const TAKE_UP: Duration = Duration::from_secs(120);
/// How long what is under way may take: a node may have to come back first.
const DRAIN: Duration = Duration::from_secs(600);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// How long an instance may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// The longest answer of an instance, bytes.
const LONGEST: usize = 4 << 20;
