//! Lets the linker leave Node.js's symbols open.

fn main() {
    napi_build::setup();
}
