//! As much CBOR (RFC 8949) as WebAuthn needs: definite lengths, bounded depth, nothing copied.

use super::Flaw;

/// Nesting that is followed; attestation statements have certificates in an array in a map.
const DEPTH: u8 = 8;

/// Reads one item after another.
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// A value that a COSE key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer.
    Int(i64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// Something else, skipped.
    Other,
}

impl<'a> Reader<'a> {
    /// Of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many raw bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Flaw::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// So many raw bytes, as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Flaw::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// How many pairs the map has that follows.
    pub fn map(&mut self) -> Result<u64, Flaw> {
        match self.head()? {
            (5, pairs) => Ok(pairs),
            _ => Err(Flaw::Malformed),
        }
    }

    /// A text.
    pub fn text(&mut self) -> Result<&'a str, Flaw> {
        match self.head()? {
            (3, length) => std::str::from_utf8(self.sized(length)?).map_err(|_| Flaw::Malformed),
            _ => Err(Flaw::Malformed),
        }
    }

    /// A byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], Flaw> {
        match self.value()? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(Flaw::Malformed),
        }
    }

    /// An integer.
    pub fn int(&mut self) -> Result<i64, Flaw> {
        match self.value()? {
            Value::Int(number) => Ok(number),
            _ => Err(Flaw::Malformed),
        }
    }

    /// Any value.
    pub fn value(&mut self) -> Result<Value<'a>, Flaw> {
        let before = self.rest;
        match self.head()? {
            (0, number) => i64::try_from(number).map(Value::Int).map_err(|_| Flaw::Malformed),
            (1, number) => i64::try_from(number).map(|number| Value::Int(-1 - number)).map_err(|_| Flaw::Malformed),
            (2, length) => Ok(Value::Bytes(self.sized(length)?)),
            _ => {
                self.rest = before;
                self.skip().map(|()| Value::Other)
            }
        }
    }

    /// Passes over any value.
    pub fn skip(&mut self) -> Result<(), Flaw> {
        self.skip_within(DEPTH)
    }

    fn skip_within(&mut self, depth: u8) -> Result<(), Flaw> {
        let deeper = depth.checked_sub(1).ok_or(Flaw::Malformed)?;
        let (major, argument) = self.head()?;
        let items = match major {
            2 | 3 => return self.sized(argument).map(|_| ()),
            4 => argument,
            5 => argument.checked_mul(2).ok_or(Flaw::Malformed)?,
            6 => 1,
            _ => return Ok(()),
        };
        // Each item takes a byte at least, so a length that is a lie ends soon.
        for _ in 0..items {
            self.skip_within(deeper)?;
        }
        Ok(())
    }

    fn sized(&mut self, length: u64) -> Result<&'a [u8], Flaw> {
        self.take(usize::try_from(length).map_err(|_| Flaw::Truncated)?)
    }

    /// Major type and argument. Indefinite lengths are no part of CTAP2's canonical form.
    fn head(&mut self) -> Result<(u8, u64), Flaw> {
        let [first] = self.array()?;
        let argument = match first & 0x1f {
            small @ 0..24 => u64::from(small),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            _ => return Err(Flaw::Malformed),
        };
        Ok((first >> 5, argument))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_whatever_else_is_passed_over() {
        // [1, {"a": h'00', "b": [true, 1.5, 6(2)]}], then 7.
        let bytes = b"\x82\x01\xa2\x61a\x41\x00\x61b\x83\xf5\xf9\x3e\x00\xc6\x02\x07";
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.value(), Ok(Value::Other));
        assert_eq!(reader.value(), Ok(Value::Int(7)));
        assert_eq!(reader.value(), Err(Flaw::Truncated));
        assert_eq!(Reader::new(b"\x39\x01\x00").value(), Ok(Value::Int(-257)));
    }

    #[test]
    fn lengths_that_lie_depth_and_indefinite_items_are_refused() {
        for (bytes, flaw) in [
            (&b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff"[..], Flaw::Truncated),
            (b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x00", Flaw::Truncated),
            (b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", Flaw::Malformed),
            (b"\x9f\x01\xff", Flaw::Malformed),
            (b"\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01", Flaw::Malformed),
            (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", Flaw::Malformed),
        ] {
            assert_eq!(Reader::new(bytes).value(), Err(flaw), "{bytes:x?}");
        }
    }
}
