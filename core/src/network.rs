//! Ranges of IP addresses, as `allowed_ips` lists them (CIDR, RFC 4632 and RFC 4291), and what callers are counted by.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

/// Most ranges on one key.
pub const MOST_RANGES: usize = 50;

/// One range: `203.0.113.0/24`, `2001:db8::/32`, or a single address. An IPv4 address written as IPv6
/// (`::ffff:192.0.2.1`) is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    first: IpAddr,
    prefix: u8,
}

impl AddressRange {
    /// `None` when the text is not a range, or names an address inside one (`10.0.0.1/8`): that is a slip more often than not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let first = canonical(written);
        let bits = bits_of(first);
        let prefix = match prefix {
            None => bits,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                // Of an IPv4 address written as IPv6, the prefix counts the 96 bits before it too.
                digits.parse::<u8>().ok()?.checked_sub(bits_of(written) - bits)?
            }
            Some(_) => return None,
        };
        let range = Self { first, prefix };
        (prefix <= bits && number(first) & !range.mask() == 0).then_some(range)
    }

    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = canonical(address);
        address.is_ipv4() == self.first.is_ipv4() && number(address) & self.mask() == number(self.first)
    }

    /// Whether all of `other` lies in it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.first)
    }

    fn mask(self) -> u128 {
        let bits = u32::from(bits_of(self.first));
        let host = bits - u32::from(self.prefix);
        let all = u128::MAX >> (128 - bits);
        all.checked_shr(host).and_then(|network| network.checked_shl(host)).unwrap_or(0)
    }
}

/// Whether a caller at `address` may use a key that is bound to `ranges`; none means anywhere. An unknown address is nowhere.
#[must_use]
pub fn allows(ranges: &[AddressRange], address: Option<IpAddr>) -> bool {
    ranges.is_empty() || address.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
}

/// Whether a key bound to `inner` can be used from nowhere where one bound to `outer` cannot.
#[must_use]
pub fn within(outer: &[AddressRange], inner: &[AddressRange]) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|inner| outer.iter().any(|outer| outer.covers(*inner))))
}

/// What attempts from an address are counted by: the address, of IPv6 its /64, all addresses of which one subscriber has. A text
/// that is no address counts by itself.
#[must_use]
pub fn counted_by(address: &str) -> String {
    match address.parse().map(canonical) {
        Ok(IpAddr::V6(address)) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

const fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

const fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits_of(self.first) { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.prefix) }
    }
}

impl TryFrom<String> for AddressRange {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a range of addresses such as 203.0.113.0/24")
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> AddressRange {
        AddressRange::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_contains_its_addresses_and_no_others() {
        for (text, inside, outside) in [
            ("203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("::/0", "2001:db8::1", "127.0.0.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("::ffff:10.0.0.0/104", "10.255.255.255", "11.0.0.0"),
            ("::ffff:0.0.0.0/96", "255.255.255.255", "::1"),
            ("192.0.2.1", "::ffff:192.0.2.1", "::192.0.2.1"),
        ] {
            assert!(range(text).contains(address(inside)), "{text} {inside}");
            assert!(!range(text).contains(address(outside)), "{text} {outside}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::/129",
            "::ffff:10.0.0.0/8",
            "::ffff:0.0.0.0/95",
            "::ffff:10.0.0.0/102",
            "::ffff:10.0.0.0/129",
            "fe80::1%1",
            "a",
            "010.0.0.1",
        ] {
            assert_eq!(AddressRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_listed_is_anywhere() {
        assert!(allows(&[], None));
        assert!(!allows(&[range("10.0.0.0/8")], None), "an unknown address is nowhere");
        assert!(allows(&[range("10.0.0.0/8"), range("::1")], Some(address("::1"))));
        let (outer, inner) = ([range("10.0.0.0/8"), range("::1")], [range("10.1.0.0/16")]);
        assert!(within(&outer, &inner) && within(&[], &inner) && within(&[], &[]));
        assert!(!within(&inner, &outer) && !within(&outer, &[]));
    }

    #[test]
    fn a_subscriber_is_counted_once_however_many_addresses_they_have() {
        for (text, counted) in [
            ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
            ("2001:db8::7:1:2:3:4", "2001:db8:0:7::/64"),
            ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("", ""),
            ("unknown", "unknown"),
        ] {
            assert_eq!(counted_by(text), counted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_range_is_written_as_it_is_read(first: u32, prefix in 0_u8..=32) {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            let text = format!("{}/{prefix}", std::net::Ipv4Addr::from(first & mask));
            prop_assert_eq!(AddressRange::parse(&range(&text).to_string()), Some(range(&text)));
        }

        #[test]
        fn covering_means_containing_both_ends(outer in 0_u8..=32, inner in 0_u8..=32, first: u32) {
            let at = |prefix: u8| {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                (range(&format!("{}/{prefix}", std::net::Ipv4Addr::from(first & mask))), !mask)
            };
            let ((outer, _), (inner, hosts)) = (at(outer), at(inner));
            let last = std::net::Ipv4Addr::from(u32::try_from(number(inner.first)).unwrap() | hosts);
            prop_assert_eq!(outer.covers(inner), outer.contains(inner.first) && outer.contains(last.into()));
        }

        #[test]
        fn no_text_panics(text in "[0-9a-f.:/]{0,50}") {
            let _ = AddressRange::parse(&text);
        }
    }
}
