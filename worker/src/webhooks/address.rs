//! The address of a webhook, read by the WHATWG parser and judged by `core`.

use claviger_core::webhook::{Address, AddressProblem, Host};
use worker::{Url, url};

/// Judges an address, and gives it as the parser writes it; `own` is where Claviger itself is asked.
///
/// # Errors
/// [`AddressProblem`].
pub fn judge(text: &str, local: bool, own: Option<&Url>) -> Result<String, AddressProblem> {
    let url = Url::parse(text).map_err(|_| AddressProblem::NotAnAddress)?;
    let own: Vec<(&str, Option<u16>)> =
        own.into_iter().filter_map(|own| Some((own.host_str()?, own.port_or_known_default()))).collect();
    let host = match url.host() {
        Some(url::Host::Domain(name)) => Host::Name(name),
        Some(_) => Host::Literal,
        None => Host::Missing,
    };
    let address = Address {
        text,
        scheme: url.scheme(),
        has_userinfo: !url.username().is_empty() || url.password().is_some(),
        has_fragment: url.fragment().is_some(),
        host,
        port: url.port_or_known_default(),
    };
    address.check(local, &own)?;
    Ok(url.into())
}
