use super::*;
use crate::KeyPair;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A service that answers the nth request with the nth of these texts, and then with the last. One that is empty ends the
/// connection without an answer; `STALL` never answers.
struct Service {
    url: String,
    asked: Arc<AtomicUsize>,
}

const STALL: &str = "stall";

impl Service {
    async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/deep/", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let nth = counter.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                let answer = answers[nth].clone();
                tokio::spawn(async move {
                    let mut request = vec![0; 65_536];
                    let _ = stream.read(&mut request).await;
                    if answer == STALL {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Service { url, asked }
    }

    fn keys(&self) -> RemoteKeys {
        let limits =
            Limits { attempt: Duration::from_millis(300), call: Duration::from_millis(1_500) };
        RemoteKeys::with_limits(&self.url, Zeroizing::new("token".to_owned()), limits).unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn http(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn refusal(status: u16, message: &str) -> String {
    let body = serde_json::json!({"error": {"kind": "Signer.X", "message": message}});
    http(status, &body.to_string())
}

fn signed(pair: &KeyPair, bytes: &[u8]) -> String {
    let signature = pair.sign_hash(&CryptoHash::hash_bytes(bytes));
    http(200, &serde_json::to_string(&Signed { signature }).unwrap())
}

fn alice() -> AccountId {
    "alice.near".parse().unwrap()
}

const BYTES: &[u8] = b"a transaction's bytes";

#[tokio::test]
async fn every_curve_signs_and_is_verified() {
    for pair in
        [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()]
    {
        let service = Service::start(vec![signed(&pair, BYTES)]).await;
        let signature =
            service.keys().sign_transaction(&alice(), pair.public_key(), BYTES).await.unwrap();
        assert!(pair.verify(CryptoHash::hash_bytes(BYTES).as_ref(), &signature));
    }
}

#[tokio::test]
async fn a_signature_of_other_bytes_or_by_another_key_is_not_used() {
    let (pair, other) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    for answer in [signed(&pair, b"other bytes"), signed(&other, BYTES)] {
        let service = Service::start(vec![answer]).await;
        let refused =
            service.keys().sign_transaction(&alice(), pair.public_key(), BYTES).await.unwrap_err();
        assert!(
            matches!(&refused, KeyServiceError::WrongSignature { public_key }
            if **public_key == *pair.public_key()),
            "{refused}"
        );
        assert_eq!(service.asked(), 1);
    }
}

#[tokio::test]
async fn what_passes_is_asked_again_and_what_lasts_is_not() {
    let pair = KeyPair::random_ed25519();
    let good = signed(&pair, BYTES);
    let trouble = [String::new(), STALL.to_owned(), refusal(503, "busy"), refusal(429, "slowly")];
    for first in trouble {
        let service = Service::start(vec![first, good.clone()]).await;
        service.keys().sign_transaction(&alice(), pair.public_key(), BYTES).await.unwrap();
        assert_eq!(service.asked(), 2);
    }
    for (answer, kind) in [
        (refusal(403, "not this receiver"), "Key.Refused"),
        (refusal(404, "no key"), "Key.NotFound"),
        (refusal(401, "who?"), "Key.Unavailable"),
        (refusal(400, "what?"), "Key.Unavailable"),
        (http(302, ""), "Key.Unavailable"),
        (http(200, "<html>"), "Key.Unavailable"),
        (http(200, r#"{"signature": 7}"#), "Key.Unavailable"),
        (http(200, &"x".repeat(SIGNATURE_BYTES + 1)), "Key.Unavailable"),
    ] {
        let service = Service::start(vec![answer.clone(), good.clone()]).await;
        let refused = service.keys().sign_transaction(&alice(), pair.public_key(), BYTES).await;
        assert_eq!(crate::Error::from(refused.unwrap_err()).kind(), kind, "{answer}");
        assert_eq!(service.asked(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    let service = Service::start(vec![STALL.to_owned()]).await;
    let error = service.keys().public_keys(&alice()).await.unwrap_err();
    assert!(
        matches!(&error, KeyServiceError::Unavailable { why } if why == "it did not answer within 300 ms"),
        "{error}"
    );
    assert!((2..=5).contains(&service.asked()), "{}", service.asked());
    let nobody = RemoteKeys::new("http://127.0.0.1:1", Zeroizing::new("token".to_owned()));
    let error = nobody.unwrap().public_keys(&alice()).await.unwrap_err();
    assert!(matches!(error, KeyServiceError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn keys_are_listed_once_and_not_without_end() {
    let pair = KeyPair::random_ed25519();
    let list = |count: usize| {
        let keys = vec![pair.public_key().clone(); count];
        http(200, &serde_json::to_string(&KeyList { keys }).unwrap())
    };
    let service = Service::start(vec![list(3)]).await;
    assert_eq!(service.keys().public_keys(&alice()).await.unwrap(), [pair.public_key().clone()]);
    let service = Service::start(vec![list(MAX_KEYS + 1)]).await;
    let error = service.keys().public_keys(&alice()).await.unwrap_err();
    assert!(
        matches!(&error, KeyServiceError::Unavailable { why } if why.contains("1025 keys")),
        "{error}"
    );
}

#[tokio::test]
async fn a_reason_is_shown_without_what_a_terminal_or_a_log_must_not_get() {
    let secret = KeyPair::random_ed25519().expose_secret_text();
    let said = format!("\u{1b}[2J{} {}", *secret, "x".repeat(2_000));
    let service = Service::start(vec![refusal(403, &said)]).await;
    let key = KeyPair::random_ed25519();
    let error = service.keys().sign_transaction(&alice(), key.public_key(), BYTES).await;
    let text = error.unwrap_err().to_string();
    assert!(!text.contains('\u{1b}') && !text.contains(&*secret), "{text}");
    assert!(text.len() < 700, "{text}");
}

#[test]
fn a_hash_alone_is_never_sent_and_a_token_is_never_printed() {
    let token = |text: &str| Zeroizing::new(text.to_owned());
    for wrong in ["", "two words", "line\n"] {
        let error = RemoteKeys::new("https://a.org", token(wrong)).unwrap_err();
        assert_eq!(error, EndpointError::Header("authorization".to_owned()));
    }
    let error = RemoteKeys::new("http://10.0.0.7:7071", token("secret")).unwrap_err();
    assert!(matches!(error, EndpointError::SecretInTheClear { .. }), "{error}");
    let keys = RemoteKeys::new("https://a.org/hidden?key=hidden", token("hidden")).unwrap();
    assert!(!format!("{keys:?}{}", keys.place()).contains("hidden"));
}
