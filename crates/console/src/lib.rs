//! The console: pages for a browser that show a chain, and let its owner act on it.
//!
//! Pages are made on the server from answers of a [`Client`](keyway::Client), so they are the same for
//! a node in this process and for one behind an address. They work without script; the script refreshes
//! what is live and helps in long trees. Everything that they load is served from here.
//!
//! Text from the chain, from a node or from a request is foreign: it reaches a page only through
//! the components of `html`, which escape it and show characters that people cannot see.
//!
//! Who may write is a value: [`Powers::Look`] shows, [`Powers::Act`] also acts, and exists only for a
//! node in this process and for a browser that has the node's [`Token`].

mod act;
mod assets;
mod console;
mod failure;
mod fields;
mod headers;
mod html;
mod layout;
mod origin;
mod pages;
mod powers;
mod recent;
mod routes;
mod sign_in;
mod token;
mod visit;
mod writer;

pub use act::Actors;
pub use console::{Console, HOME};
pub use powers::{Own, Powers};
pub use token::Token;
