//! `docs/REFERENCE.md`: each sentence of the reference systems with the test that proves it here, which must have run and
//! passed.

use std::{collections::BTreeSet, fs};

use super::report::Report;
use crate::{
    failure::{Failure, Result},
    paths,
};

/// What a row says instead of naming a test.
const DIFFERS: &str = "Differs:";

/// Holds the document against the names of the tests that passed.
pub fn check(report: &mut Report, passed: &BTreeSet<String>) -> Result<()> {
    let file = paths::root().join("docs/REFERENCE.md");
    let text = fs::read_to_string(&file).map_err(Failure::while_trying("read docs/REFERENCE.md"))?;
    let complaints = complaints(&text, passed);
    if complaints.is_empty() {
        report.passed("reference");
    } else {
        report.failed("reference", &format!("docs/REFERENCE.md:\n{}", complaints.join("\n")));
    }
    Ok(())
}

fn complaints(text: &str, passed: &BTreeSet<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut rows = 0;
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Sentence")) {
        rows += 1;
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [sentence, place, proof] = cells.as_slice() else {
            complaints.push(format!("not three cells: {line}"));
            continue;
        };
        let tests: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        if sentence.is_empty() || place.is_empty() || (tests.is_empty() && !proof.starts_with(DIFFERS)) {
            complaints.push(format!("neither a test nor a reason: {sentence}"));
        }
        let missing = tests.iter().filter(|test| !passed.contains(**test));
        complaints.extend(missing.map(|test| format!("did not run and pass: {test}")));
    }
    if rows == 0 {
        complaints.push("no rows".to_owned());
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_test_that_passed_or_a_reason() {
        let passed = BTreeSet::from(["a.spec.ts › one".to_owned()]);
        let head = "| Sentence | Place | Proof |\n|---|---|---|\n";
        let check = |rows: &str| complaints(&format!("{head}{rows}"), &passed).len();
        assert_eq!(check("| S | Keys | `a.spec.ts › one` |\n| S | Keys | Differs: because |"), 0);
        assert_eq!(check("| S | Keys | `a.spec.ts › one`, `a.spec.ts › two` |"), 1);
        assert_eq!(check("| S | Keys | later |"), 1);
        assert_eq!(check("| S | Keys |"), 1);
        assert_eq!(check(""), 1);
    }

    #[test]
    fn every_spec_that_the_security_page_names_is_there() {
        let root = paths::root();
        let text = fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".spec.ts")).collect();
        assert!(named.len() > 20);
        for spec in named {
            let is_in = |folder: &&str| root.join(folder).join(spec).is_file();
            assert!(["e2e", "e2e/api"].iter().any(is_in), "{spec}");
        }
    }
}
