//! Reading a command line: `--flag`, `--name VALUE`, `--name=VALUE`.

use crate::failure::{Failure, Result};

/// An option that a command knows.
#[derive(Clone, Copy)]
pub enum Known {
    /// `--name`
    Flag(&'static str),
    /// `--name VALUE`
    Value(&'static str),
    /// `--name VALUE…`: everything up to the next option; may be given several times.
    Values(&'static str),
}

impl Known {
    fn name(self) -> &'static str {
        match self {
            Self::Flag(name) | Self::Value(name) | Self::Values(name) => name,
        }
    }
}

/// A command line that fits what its command knows.
#[derive(Debug, Default)]
pub struct Arguments(Vec<(&'static str, String)>);

impl Arguments {
    /// Reads `given`; `help` is printed for `--help` and below a complaint.
    pub fn parse(given: &[String], known: &[Known], help: &str) -> Result<Self> {
        let wrong = |complaint: String| Failure::Usage(format!("{complaint}\n\n{help}"));
        let mut found = Vec::new();
        let mut given = given.iter().peekable();
        while let Some(argument) = given.next() {
            if argument == "--help" || argument == "-h" {
                return Err(Failure::Help(help.to_owned()));
            }
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let option = known.iter().copied().find(|option| option.name() == name);
            match (option, inline) {
                (None, _) => {
                    return Err(wrong(format!("`{argument}` is not an option of this command.")));
                }
                (Some(Known::Flag(name)), None) => found.push((name, String::new())),
                (Some(Known::Flag(name)), Some(_)) => {
                    return Err(wrong(format!("`{name}` takes no value.")));
                }
                (Some(Known::Value(name) | Known::Values(name)), Some(value)) => found.push((name, value)),
                (Some(Known::Value(name)), None) => match given.next_if(|next| !next.starts_with("--")) {
                    Some(value) => found.push((name, value.clone())),
                    None => return Err(wrong(format!("`{name}` needs a value."))),
                },
                (Some(Known::Values(name)), None) => {
                    let before = found.len();
                    while let Some(value) = given.next_if(|next| !next.starts_with("--")) {
                        found.push((name, value.clone()));
                    }
                    if found.len() == before {
                        return Err(wrong(format!("`{name}` needs a value.")));
                    }
                }
            }
        }
        Ok(Self(found))
    }

    /// Whether `--name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| *given == name)
    }

    /// The last value given for `--name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// Every value given for `--name`.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(given, _)| *given == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The port given for `--name`, or `default`.
    pub fn port(&self, name: &str, default: u16) -> Result<u16> {
        let Some(text) = self.value(name) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(Failure::Usage(format!("`{name} {text}`: a port is a number from 1 to 65535."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Known] = &[Known::Flag("--demo"), Known::Value("--port"), Known::Values("--only")];

    fn parse(line: &str) -> Result<Arguments> {
        let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&given, KNOWN, "the help")
    }

    #[test]
    fn flags_and_values_are_read_in_both_forms() {
        let arguments = parse("--demo --port 9000 --only a b --only=c").unwrap();
        assert!(arguments.has("--demo"));
        assert_eq!(arguments.port("--port", 1).unwrap(), 9000);
        assert_eq!(arguments.values("--only"), ["a", "b", "c"]);
        assert_eq!(parse("--port=9001").unwrap().port("--port", 1).unwrap(), 9001);
        assert_eq!(parse("").unwrap().port("--port", 7).unwrap(), 7);
    }

    #[test]
    fn what_is_unknown_or_incomplete_is_a_usage_error_that_shows_the_help() {
        for line in ["--prot 1", "demo", "--port", "--port --demo", "--demo=1", "--only"] {
            match parse(line) {
                Err(Failure::Usage(text)) => assert!(text.contains("the help"), "{line}: {text}"),
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_port_is_a_number_from_1_to_65535() {
        for text in ["0", "65536", "x", "-1"] {
            let arguments = parse(&format!("--port={text}")).unwrap();
            assert!(matches!(arguments.port("--port", 1), Err(Failure::Usage(_))), "{text}");
        }
    }

    #[test]
    fn help_is_no_failure() {
        assert!(matches!(parse("--port 1 --help"), Err(Failure::Help(_))));
    }
}
