//! Where a fork reads from, and how.

use crate::counts::Counters;
use crate::endpoint::Network;
use crate::error::ForkError;
use crate::fork::ForkGas;
use crate::missing::ForkMissing;
use crate::progress::Progress;
use crate::runtime::OwnRuntime;
use crate::upstream::Upstream;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a fork reads from.
pub(crate) struct Source {
    pub(crate) file: Option<PathBuf>,
    pub(crate) home: Option<PathBuf>,
    /// None when the fork is offline.
    pub(crate) link: Option<Link>,
    pub(crate) counters: Arc<Counters>,
}

/// The way to a network.
pub(crate) struct Link {
    pub(crate) network: Network,
    pub(crate) upstream: Upstream,
    pub(crate) runtime: OwnRuntime,
}

impl Link {
    /// # Errors
    /// [`ForkError::NoClient`].
    pub(crate) fn to(
        network: Network,
        counters: &Arc<Counters>,
        progress: &Progress,
    ) -> Result<Self, ForkError> {
        let upstream = Upstream::new(&network, counters.clone(), progress.clone())?;
        Ok(Self { network, upstream, runtime: OwnRuntime::start()? })
    }

    /// Asks the network, and waits for that. `work` gives its argument back.
    ///
    /// # Errors
    /// As `work`.
    pub(crate) fn wait<T: Send + 'static, F>(
        self,
        work: impl FnOnce(Upstream) -> F,
    ) -> Result<(T, Self), ForkError>
    where
        F: Future<Output = Result<(T, Upstream), ForkError>> + Send + 'static,
    {
        let Self { network, upstream, runtime } = self;
        let (found, upstream) = runtime.wait(work(upstream))?;
        Ok((found, Self { network, upstream, runtime }))
    }
}

/// How a fork reads.
pub(crate) struct Behaviour {
    pub(crate) gas: ForkGas,
    pub(crate) missing: ForkMissing,
    pub(crate) progress: Progress,
}
