//! A console: the chain that it shows, and what is shared by its pages.

use crate::pages::account::Contracts;
use crate::powers::{Own, Powers};
use crate::recent::Recent;
use crate::routes;
use axum::Router;
use keyway::Client;
use keyway::transport::InProcess;
use keyway_rpc::Service;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// The path of the first page; all others are below it.
pub const HOME: &str = "/console";

/// A console. Clones share everything.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) shared: Arc<Shared>,
}

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) powers: Powers,
    /// Where the chain is, for people.
    pub(crate) place: String,
    /// The chain's name, once it was asked for.
    pub(crate) chain_id: OnceCell<String>,
    pub(crate) recent: Recent,
    pub(crate) contracts: Contracts,
    /// Pages under way.
    pub(crate) room: Semaphore,
}

impl Console {
    /// A console of the node behind `service`, in this process.
    #[must_use]
    pub fn own(service: Service, own: Own) -> Self {
        let client = Client::with_transport(InProcess::new(service));
        let recent = Recent::of_own_node();
        Self::new(client, Powers::Act(Arc::new(own)), "this node".to_owned(), recent)
    }

    /// A console that looks at the chain of `client`, which is at `place`, and changes nothing.
    #[must_use]
    pub fn looking_at(client: Client, place: impl Into<String>) -> Self {
        Self::new(client, Powers::Look, place.into(), Recent::of_other_node())
    }

    /// The routes, all below [`HOME`]. They check where a request that writes comes from, and set the
    /// headers that keep other pages out; the server around them checks `Host`.
    pub fn routes(&self) -> Router {
        routes::routes(self.clone())
    }

    fn new(client: Client, powers: Powers, place: String, recent: Recent) -> Self {
        let (chain_id, room) = (OnceCell::new(), Semaphore::new(PAGES_AT_ONCE));
        let contracts = Contracts::default();
        Self {
            shared: Arc::new(Shared { client, powers, place, chain_id, recent, contracts, room }),
        }
    }
}

impl Shared {
    /// The chain's name; none while its node does not answer.
    pub(crate) async fn chain_id(&self) -> Option<&str> {
        let ask = || async { self.client.status().await.map(|status| status.chain_id) };
        self.chain_id.get_or_try_init(ask).await.ok().map(String::as_str)
    }
}

/// Pages that are made at the same time; others wait.
const PAGES_AT_ONCE: usize = 16;
