//! Where a webhook may be sent: to strangers on the Internet, and never into a network of our own (OWASP ASVS 5.0, 1.3.6).
//!
//! The address is judged as the WHATWG parser has read it, which turns `127.1`, `0x7f.1`, `2130706433` and full-width digits into
//! 127.0.0.1. What a name resolves to is the platform's business: a Worker cannot pin it, and `global_fetch_strictly_public` is
//! what stands there.

use std::fmt;

/// Longest address, in bytes.
pub const LONGEST_URL: usize = 2_000;

/// What a name must not end with: special use (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476), or common inside networks.
const SPECIAL: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "domain",
    "example",
    "home",
    "host",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
    "workgroup",
];

/// A host, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A name, in ASCII and lower case.
    Name(&'a str),
    /// An IP address, however it was written.
    Literal,
    /// None at all.
    Missing,
}

/// An address, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// All of it.
    pub text: &'a str,
    /// `https`.
    pub scheme: &'a str,
    /// Whether there is a name or a password in it.
    pub has_userinfo: bool,
    /// Whether there is a `#`.
    pub has_fragment: bool,
    /// To whom.
    pub host: Host<'a>,
    /// The port, also when it is the scheme's own and was not written.
    pub port: Option<u16>,
}

/// Why nothing is sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// No URL, or one without a host.
    NotAnAddress,
    /// More than [`LONGEST_URL`].
    TooLong,
    /// Not `https`.
    NotHttps,
    /// A name or password, which would be in lists and logs.
    Userinfo,
    /// A `#`, which is never sent.
    Fragment,
    /// Another port than 443.
    Port,
    /// An IP address.
    Literal,
    /// A name that is not one of the public Internet.
    NotPublic,
    /// Claviger itself.
    Ourselves,
}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnAddress => "Must be an address such as https://hooks.example.com/claviger.",
            Self::TooLong => "Must be at most 2000 characters.",
            Self::NotHttps => "Must begin with https://.",
            Self::Userinfo => "Must not contain a name or password: check the signature instead.",
            Self::Fragment => "Must not contain #, which is never sent.",
            Self::Port => "Must not name a port: only 443 is used.",
            Self::Literal => "Must name a host, not an IP address.",
            Self::NotPublic => "Must be a host of the public Internet, without a dot at its end.",
            Self::Ourselves => "Must not be Claviger’s own address.",
        })
    }
}

impl Address<'_> {
    /// Judges it. `own` are the hosts under which Claviger itself is reached, `*` in one standing for any text, with their ports
    /// if only these are meant; on a developer's machine (`local`), `localhost` with any port is allowed as well, and by that
    /// name only.
    ///
    /// # Errors
    /// [`AddressProblem`], the first that applies.
    pub fn check(self, local: bool, own: &[(&str, Option<u16>)]) -> Result<(), AddressProblem> {
        if self.text.len() > LONGEST_URL {
            return Err(AddressProblem::TooLong);
        }
        let name = match self.host {
            Host::Name(name) => name,
            Host::Literal => return Err(AddressProblem::Literal),
            Host::Missing => return Err(AddressProblem::NotAnAddress),
        };
        let here = local && name == "localhost" && matches!(self.scheme, "http" | "https");
        if self.scheme != "https" && !here {
            return Err(AddressProblem::NotHttps);
        }
        if self.has_userinfo {
            return Err(AddressProblem::Userinfo);
        }
        if self.has_fragment {
            return Err(AddressProblem::Fragment);
        }
        if own.iter().any(|(host, port)| is_host(host, name) && (port.is_none() || *port == self.port)) {
            return Err(AddressProblem::Ourselves);
        }
        if here {
            return Ok(());
        }
        if self.port != Some(443) {
            return Err(AddressProblem::Port);
        }
        if is_public(name) { Ok(()) } else { Err(AddressProblem::NotPublic) }
    }
}

/// As the patterns of a Worker's routes: `keys.example.com`, `*.example.com`, `claviger.*.workers.dev`.
fn is_host(pattern: &str, name: &str) -> bool {
    // A dot at the end makes it the same host by another name.
    let name = name.strip_suffix('.').unwrap_or(name);
    pattern.split_once('*').map_or(pattern == name, |(before, after)| {
        name.strip_prefix(before).is_some_and(|rest| rest.len() > after.len() && rest.ends_with(after))
    })
}

fn is_public(name: &str) -> bool {
    // A dot at the end hides a name from comparisons, and a single label is looked up inside.
    let Some((rest, last)) = name.rsplit_once('.') else {
        return false;
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte == b'-' || byte == b'_' || byte.is_ascii_alphanumeric())
    };
    name.len() <= 253
        && rest.split('.').all(label)
        && label(last)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
        && !SPECIAL.contains(&last)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn judged(text: &str, local: bool) -> Result<(), AddressProblem> {
        let Ok(url) = Url::parse(text) else {
            return Err(AddressProblem::NotAnAddress);
        };
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
        let own = [
            ("keys.example.com", Some(443)),
            ("localhost", Some(8787)),
            ("second.example.com", None),
            ("claviger.*.workers.dev", None),
        ];
        address.check(local, &own)
    }

    #[test]
    fn strangers_on_the_internet_are_told() {
        for text in [
            "https://hooks.example.com",
            "https://hooks.example.com:443/a?b=c",
            "HTTPS://Hooks.Example.COM/x",
            "https://bücher.example.com/",
            "https://local.example.com",
            "https://10.0.0.1.example.com/",
            "https://hooks.acme.workers.dev/",
            "https://claviger.workers.dev/",
        ] {
            for local in [false, true] {
                assert_eq!(judged(text, local), Ok(()), "{text}");
            }
        }
    }

    #[test]
    fn nothing_is_sent_into_a_network_of_our_own() {
        use AddressProblem::{Fragment, Literal, NotAnAddress, NotHttps, NotPublic, Ourselves, Port, Userinfo};
        let long = format!("https://{}.com", "a".repeat(64));
        let cases = [
            ("https://127.0.0.1/", Literal),
            ("https://127.1/", Literal),
            ("https://0x7f.1/", Literal),
            ("https://0177.0.0.1/", Literal),
            ("https://2130706433/", Literal),
            ("https://0/", Literal),
            ("https://１２７.０.０.１/", Literal),
            ("https://①②⑦.⓪.⓪.①/", Literal),
            ("https://127.0.0.1./", Literal),
            ("https://127%2e0%2e0%2e1/", Literal),
            ("https://169.254.169.254/latest/meta-data", Literal),
            ("https://10.0.0.1/", Literal),
            ("https://8.8.8.8/", Literal),
            ("https://[::1]/", Literal),
            ("https://[::]/", Literal),
            ("https://[::ffff:127.0.0.1]/", Literal),
            ("https://[::ffff:7f00:1]/", Literal),
            ("https://[fd00::1]/", Literal),
            ("https://[fe80::1]/", Literal),
            ("https://[64:ff9b::7f00:1]/", Literal),
            ("https://localhost/", NotPublic),
            ("https://LOCALHOST/", NotPublic),
            ("https://localhost./", NotPublic),
            ("https://a.localhost/", NotPublic),
            ("https://intranet/", NotPublic),
            ("https://metadata.google.internal/", NotPublic),
            ("https://printer.local/", NotPublic),
            ("https://router.lan/", NotPublic),
            ("https://nas.home.arpa/", NotPublic),
            ("https://1.0.0.127.in-addr.arpa/", NotPublic),
            ("https://a.test/", NotPublic),
            ("https://a.example/", NotPublic),
            ("https://a.invalid/", NotPublic),
            ("https://expyuzz4wqqyqhjn.onion/", NotPublic),
            ("https://hooks.example.com./", NotPublic),
            ("https://hooks..example.com/", NotPublic),
            (&long, NotPublic),
            ("https://keys.example.com/", Ourselves),
            ("https://KEYS.example.com/api/v2/setup", Ourselves),
            ("https://keys.example.com./", Ourselves),
            ("https://second.example.com/", Ourselves),
            ("https://second.example.com:8443/", Ourselves),
            ("https://claviger.acme.workers.dev/", Ourselves),
            ("http://hooks.example.com/", NotHttps),
            ("ftp://hooks.example.com/", NotHttps),
            ("file:///etc/passwd", NotAnAddress),
            ("javascript:alert(1)", NotAnAddress),
            ("data:text/plain,x", NotAnAddress),
            ("hooks.example.com", NotAnAddress),
            ("//hooks.example.com/", NotAnAddress),
            ("https://", NotAnAddress),
            ("", NotAnAddress),
            ("https://ada@hooks.example.com/", Userinfo),
            ("https://ada:x@hooks.example.com/", Userinfo),
            ("https://hooks.example.com@127.0.0.1/", Literal),
            ("https://hooks.example.com#@127.0.0.1/", Fragment),
            ("https://hooks.example.com:8443/", Port),
            ("https://hooks.example.com:22/", Port),
            ("https://hooks.example.com:80/", Port),
            (r"https:\\127.0.0.1\", Literal),
        ];
        for (text, problem) in cases {
            assert_eq!(judged(text, false), Err(problem), "{text}");
        }
        let too_long = format!("https://hooks.example.com/{}", "a".repeat(LONGEST_URL));
        assert_eq!(judged(&too_long, false), Err(AddressProblem::TooLong));
    }

    #[test]
    fn a_developers_machine_reaches_itself_by_its_name_and_nothing_else_inside() {
        assert_eq!(judged("http://localhost:9000/hook", true), Ok(()));
        assert_eq!(judged("https://localhost/", true), Ok(()));
        for (text, problem) in [
            ("http://localhost:8787/api/v2/setup", AddressProblem::Ourselves),
            ("http://127.0.0.1:9000/", AddressProblem::Literal),
            ("http://a.localhost:9000/", AddressProblem::NotHttps),
            ("ftp://localhost/", AddressProblem::NotHttps),
            ("http://ada@localhost:9000/", AddressProblem::Userinfo),
            ("http://hooks.example.com/", AddressProblem::NotHttps),
            ("https://printer.local/", AddressProblem::NotPublic),
        ] {
            assert_eq!(judged(text, true), Err(problem), "{text}");
        }
    }
}
