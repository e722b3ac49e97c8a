//! A small chain, in process and over HTTP.

use super::chain;
use keyway::Client;
use keyway::transport::InProcess;
use keyway_rpc::{ServerOptions, Service, bind, serve};
use tokio::task::JoinHandle;

/// A chain, and a client that reaches it in one way.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) by: &'static str,
    pub(crate) client: Client,
    pub(crate) service: Service,
    server: Option<JoinHandle<()>>,
}

impl Drop for Reached {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// Two equal chains, one reached in process and one over HTTP.
pub(crate) fn both() -> [Reached; 2] {
    [in_process(), over_http()]
}

pub(crate) fn in_process() -> Reached {
    let service = chain::service();
    let client = Client::with_transport(InProcess::new(service.clone()));
    Reached { by: "in process", client, service, server: None }
}

fn over_http() -> Reached {
    let service = chain::service();
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = ServerOptions::default();
    let served = service.clone();
    let server = tokio::spawn(async move {
        serve(listener, served, options, std::future::pending()).await.unwrap();
    });
    Reached { by: "HTTP", client: Client::http(&url).unwrap(), service, server: Some(server) }
}
