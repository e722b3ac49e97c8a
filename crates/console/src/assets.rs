//! The style sheet and the script, embedded in the program. Their addresses have a hash of their contents, so a
//! browser may keep them for good.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The style sheet.
pub(crate) const STYLE: &str = include_str!("assets/console.css");

/// The script.
const SCRIPT: &str = include_str!("assets/console.js");

/// The mark in the browser's tab.
const ICON: &str = include_str!("assets/icon.svg");

/// An embedded file.
#[derive(Debug)]
struct Asset {
    name: String,
    kind: &'static str,
    content: &'static str,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        asset("console", "css", "text/css; charset=utf-8", STYLE),
        asset("console", "js", "text/javascript; charset=utf-8", SCRIPT),
        asset("icon", "svg", "image/svg+xml", ICON),
    ]
});

fn asset(name: &str, ending: &str, kind: &'static str, content: &'static str) -> Asset {
    let hash: String =
        Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Asset { name: format!("{name}-{hash}.{ending}"), kind, content }
}

/// The address of the style sheet.
pub(crate) fn style_path() -> String {
    path(0)
}

/// The address of the script.
pub(crate) fn script_path() -> String {
    path(1)
}

/// The address of the icon.
pub(crate) fn icon_path() -> String {
    path(2)
}

fn path(index: usize) -> String {
    format!("{}/assets/{}", crate::HOME, ASSETS[index].name)
}

/// The style sheet's hash, as a content security policy names it.
pub(crate) fn style_hash() -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(STYLE)))
}

/// Serves one of them.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(Asset { kind, content, .. }) => {
            let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, FOR_GOOD)];
            (headers, *content).into_response()
        }
        None => (StatusCode::NOT_FOUND, "no such file").into_response(),
    }
}

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
