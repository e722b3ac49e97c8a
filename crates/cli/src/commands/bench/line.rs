//! A connection to a node, kept alive and used for one request at a time. Its own cost is part of
//! the figures, so plain HTTP is done with as little work as possible; HTTPS uses the library's
//! transport.

use super::OPTIONS;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use keyway::transport::{Endpoint, HttpTransport, Transport, Trouble};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A way to a node.
#[derive(Debug)]
pub(super) enum Line {
    Plain(Box<Plain>),
    Encrypted(HttpTransport),
}

/// Why there is no response, as the report names it.
type Missing = &'static str;

impl Line {
    /// A connection to the node at `url`, opened on first use.
    ///
    /// # Errors
    /// If the address cannot be used.
    pub(super) fn new(url: &str) -> Result<Self, keyway::Error> {
        let endpoint = Endpoint::new(url)?;
        match Plain::new(url) {
            Some(plain) => Ok(Self::Plain(Box::new(plain))),
            None => Ok(Self::Encrypted(HttpTransport::new(vec![endpoint], OPTIONS)?)),
        }
    }

    /// Posts a JSON-RPC request and returns the response's body.
    ///
    /// # Errors
    /// If there is no response to count.
    pub(super) async fn post(&mut self, body: Bytes) -> Result<Bytes, Missing> {
        match self {
            Self::Plain(line) => {
                timeout(OPTIONS.timeout, line.post(body)).await.unwrap_or_else(|_| {
                    line.open = None;
                    Err("Timeout")
                })
            }
            Self::Encrypted(transport) => {
                let request = keyway::transport::Request { body: body.to_vec(), repeatable: false };
                let reply = transport.send(&request).await;
                reply.map(|reply| reply.body.into()).map_err(|error| name(&error.trouble))
            }
        }
    }
}

/// Unencrypted.
#[derive(Debug)]
pub(super) struct Plain {
    host: HeaderValue,
    address: (String, u16),
    path: Uri,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    requests: SendRequest<Full<Bytes>>,
    /// Reads and writes while a request waits for its response.
    connection: Connection<TokioIo<TcpStream>, Full<Bytes>>,
}

impl Plain {
    /// `None` for an address that needs encryption or a password.
    fn new(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        Some(Self {
            host: authority.as_str().parse().ok()?,
            address: (host, authority.port_u16().unwrap_or(80)),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).parse().ok()?,
            open: None,
        })
    }

    async fn post(&mut self, body: Bytes) -> Result<Bytes, Missing> {
        let mut open = match self.open.take() {
            Some(open) if !open.requests.is_closed() => open,
            _ => Open::to(&self.address).await.ok_or("Connect")?,
        };
        let request = Request::post(self.path.clone())
            .header(HOST, self.host.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::new(body))
            .map_err(|_| "Broken")?;
        let (status, answer) = open.exchange(request).await.ok_or("Broken")?;
        self.open = Some(open);
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err("Busy"),
            // The chain's errors come with various HTTP statuses; what counts is that the body is
            // JSON-RPC.
            status if status.is_success() || answer.starts_with(b"{") => Ok(answer),
            _ => Err("HttpStatus"),
        }
    }
}

impl Open {
    async fn to((host, port): &(String, u16)) -> Option<Self> {
        let connect = TcpStream::connect((host.as_str(), *port));
        let stream = timeout(OPTIONS.connect_timeout, connect).await.ok()?.ok()?;
        stream.set_nodelay(true).ok()?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        Some(Self { requests, connection })
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Option<(StatusCode, Bytes)> {
        let Self { requests, connection } = self;
        let answer = async {
            requests.ready().await.ok()?;
            let answer = requests.send_request(request).await.ok()?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), OPTIONS.max_answer_bytes).collect().await;
            Some((status, body.ok()?.to_bytes()))
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            _ended = connection => None,
        }
    }
}

fn name(trouble: &Trouble) -> Missing {
    match trouble {
        Trouble::Connect(_) => "Connect",
        Trouble::Timeout(_) => "Timeout",
        Trouble::Broken(_) => "Broken",
        Trouble::Status(429 | 503) => "Busy",
        Trouble::Status(_) => "HttpStatus",
        _ => "NoAnswer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_address_is_taken_apart() {
        let line = Plain::new("http://[::1]:3030/v1?key=x").unwrap();
        assert_eq!(line.address, ("::1".to_owned(), 3030));
        assert_eq!(
            (line.host.to_str().unwrap(), line.path.to_string().as_str()),
            ("[::1]:3030", "/v1?key=x")
        );
        assert_eq!(Plain::new("http://localhost").unwrap().address, ("localhost".to_owned(), 80));
        for other in ["https://localhost", "http://me:secret@localhost"] {
            assert!(Plain::new(other).is_none(), "{other}");
        }
    }
}
