//! What was typed into the form, kept until the tab is closed: a panic, a reload or an expired session costs nothing. Text
//! that could be a secret, or a part of one, is not kept.

use claviger_core::key::Access;

use super::model::{Expiry, NewKeyForm, Purpose};
use crate::{
    browser::storage::{self, NEW_KEY_DRAFT},
    pages::keys::query::is_safe,
};

/// Cannot be typed into a field.
const SEPARATOR: char = '\u{1f}';
const YES: &str = "1";

/// Keeps the form as it is now.
pub fn keep(user: i64, form: &NewKeyForm) {
    storage::session_set(NEW_KEY_DRAFT, &write(user, form));
}

/// What was kept of this person; another one's is forgotten.
pub fn read(user: i64, fresh: &NewKeyForm) -> Option<NewKeyForm> {
    let Some(form) = parse(user, &storage::session_get(NEW_KEY_DRAFT)?) else {
        forget();
        return None;
    };
    (form != NewKeyForm { purpose: form.purpose, ..fresh.clone() }).then_some(form)
}

/// Forgets it: the key was made, or is not wanted.
pub fn forget() {
    storage::session_remove(NEW_KEY_DRAFT);
}

fn write(user: i64, form: &NewKeyForm) -> String {
    let safe = |text: &str| if is_safe(text) { text.to_owned() } else { String::new() };
    let parts = [
        user.to_string(),
        form.purpose.role().word().to_owned(),
        form.access.word().to_owned(),
        if form.active { YES } else { "" }.to_owned(),
        form.expiry.word(),
        form.custom.clone(),
        safe(&form.name),
        safe(&form.description),
        safe(&form.scopes),
    ];
    parts.join(&SEPARATOR.to_string())
}

fn parse(user: i64, text: &str) -> Option<NewKeyForm> {
    let mut parts = text.split(SEPARATOR).map(ToOwned::to_owned);
    let mut next = || parts.next();
    if next()? != user.to_string() {
        return None;
    }
    let role = next()?;
    let access = Access::parse(&next()?)?;
    let active = next()? == YES;
    let expiry = next()?;
    Some(NewKeyForm {
        purpose: [Purpose::Integration, Purpose::Verifier, Purpose::Manager]
            .into_iter()
            .find(|purpose| purpose.role().word() == role)?,
        access,
        active,
        expiry: Expiry::parse(&expiry)?,
        custom: next()?,
        name: next()?,
        description: next()?,
        scopes: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back() {
        let form = NewKeyForm {
            name: "Billing".into(),
            access: Access::ReadWrite,
            active: false,
            expiry: Expiry::Custom,
            custom: "2027-02-18T09:30".into(),
            description: "two\nlines".into(),
            scopes: "invoices.*".into(),
            ..NewKeyForm::new(Purpose::Verifier)
        };
        assert_eq!(parse(7, &write(7, &form)), Some(form.clone()));
        assert_eq!(parse(8, &write(7, &form)), None, "another person's");
        assert_eq!(parse(7, "nonsense"), None);
    }

    #[test]
    fn neither_a_secret_nor_a_part_of_one_is_kept() {
        for text in ["clv_4fGh", "0123456789abcdefghijklm"] {
            let form = NewKeyForm { name: text.into(), scopes: text.into(), ..NewKeyForm::new(Purpose::Integration) };
            assert!(!write(7, &form).contains(text));
        }
    }
}
