//! The address of a webhook, read by the WHATWG parser and judged by `core`.

use claviger_core::webhook::{Address, AddressProblem, Host};
use worker::{Env, Url, url};

use crate::incoming::is_local;

/// Where Claviger itself is reached, beside the address at which it is asked: hosts with commas, which `cargo xtask deploy` takes
/// from the routes.
const OWN_HOSTS: &str = "OWN_HOSTS";

/// Judges an address, and gives it as the parser writes it; `asked` is where Claviger itself is asked.
///
/// # Errors
/// [`AddressProblem`].
pub fn judge(text: &str, env: &Env, asked: Option<&Url>) -> Result<String, AddressProblem> {
    let url = Url::parse(text).map_err(|_| AddressProblem::NotAnAddress)?;
    let configured = env.var(OWN_HOSTS).map(|hosts| hosts.to_string().to_ascii_lowercase()).unwrap_or_default();
    let configured = configured.split(',').map(str::trim).filter(|host| !host.is_empty()).map(|host| (host, None));
    let asked = asked.into_iter().filter_map(|asked| Some((asked.host_str()?, asked.port_or_known_default())));
    let own: Vec<(&str, Option<u16>)> = asked.chain(configured).collect();
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
    address.check(is_local(env), &own)?;
    Ok(url.into())
}
