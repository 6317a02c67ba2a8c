//! The console: a Leptos single-page application that shows and asks; what can be decided without I/O is in `claviger_core`.

mod api;
mod app;
mod browser;
mod components;
mod format;
mod pages;
mod remote;
mod routes;
mod session;

use browser::{failure, setup_token::SetupToken};

fn main() {
    failure::install_panic_page();
    // Before the router reads the address: the token must not stay in it.
    let token = SetupToken::take_from_address();
    leptos::mount::mount_to_body(move || app::app(token));
    failure::started();
}
