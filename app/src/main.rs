//! The console: a Leptos single-page application that shows and asks; what can be decided without I/O is in `claviger_core`.

mod api;
mod app;
mod browser;
mod chunks;
mod components;
mod entries;
mod format;
mod outage;
mod pages;
mod remote;
mod routes;
mod session;
mod usage;
mod viewed;

use browser::{failure, history, link_token::LinkToken};

fn main() {
    failure::install_panic_page();
    // Before the router reads the address: the token must not stay in it.
    let token = LinkToken::take_from_address();
    history::listen();
    leptos::mount::mount_to_body(move || app::app(token));
    failure::started();
}
