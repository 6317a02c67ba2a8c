//! Commands that run as pasted, by what the key is for.

use crate::pages::keys::create::Purpose;

/// A command to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// What it does.
    pub title: &'static str,
    /// What its button is called.
    pub copy: &'static str,
    /// The command, for a POSIX shell.
    pub text: String,
}

/// The commands for a key; `secret` is its text or its mask. Neither it nor an origin holds a quote.
pub fn snippets(purpose: Purpose, origin: &str, secret: &str) -> Vec<Snippet> {
    match purpose {
        Purpose::Integration => vec![
            Snippet {
                title: "Ask Claviger what it is",
                copy: "Copy command",
                text: format!("curl {origin}/api/v2/whoami \\\n  -H \"Authorization: Bearer {secret}\""),
            },
            // Without the variable the shell stops before curl, and says what to do.
            Snippet {
                title: "Verify it with your verifier key",
                copy: "Copy verify command",
                text: format!(
                    "curl {origin}/v1/verify \\\n  \
                     -H \"Authorization: Bearer ${{CLAVIGER_VERIFIER:?set it to the secret of a key that verifies others}}\" \\\n  \
                     -H 'Content-Type: application/json' \\\n  -d '{{\"key\":\"{secret}\"}}'"
                ),
            },
        ],
        Purpose::Verifier => vec![Snippet {
            title: "Keep it in your shell, and verify the key in $KEY; without one, itself",
            copy: "Copy command",
            text: format!(
                "export CLAVIGER_VERIFIER='{secret}'\ncurl {origin}/v1/verify \\\n  \
                 -H \"Authorization: Bearer $CLAVIGER_VERIFIER\" \\\n  -H 'Content-Type: application/json' \\\n  \
                 -d \"{{\\\"key\\\":\\\"${{KEY:-$CLAVIGER_VERIFIER}}\\\"}}\""
            ),
        }],
        Purpose::Manager | Purpose::System | Purpose::Own => vec![Snippet {
            title: "List your organization’s keys",
            copy: "Copy command",
            text: format!("curl {origin}/api/v2/api_keys \\\n  -H \"Authorization: Bearer {secret}\""),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_command_that_names_the_origin_and_the_secret() {
        for purpose in [Purpose::Integration, Purpose::Verifier, Purpose::Manager] {
            for snippet in snippets(purpose, "http://localhost:8787", "clv_x") {
                assert!(snippet.text.contains("curl http://localhost:8787/"), "{}", snippet.text);
                assert!(snippet.text.contains("clv_x"), "{}", snippet.text);
            }
        }
    }

    #[test]
    fn the_integration_verifies_with_what_the_verifier_exported() {
        let verifier = snippets(Purpose::Verifier, "https://k.example", "clv_v");
        assert!(verifier[0].text.starts_with("export CLAVIGER_VERIFIER='clv_v'\ncurl https://k.example/v1/verify"));
        assert!(verifier[0].text.ends_with(r#"-d "{\"key\":\"${KEY:-$CLAVIGER_VERIFIER}\"}""#));
        let integration = snippets(Purpose::Integration, "https://k.example", "clv_i");
        assert!(integration[0].text.contains("/whoami"), "what runs as it stands comes first");
        assert!(integration[1].text.contains("Bearer ${CLAVIGER_VERIFIER:?set it"));
        assert!(integration[1].text.ends_with(r#"-d '{"key":"clv_i"}'"#));
    }
}
