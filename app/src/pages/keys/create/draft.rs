//! What was typed into the form, kept until the tab is closed: a panic, a reload or an expired session costs nothing. Text
//! that could be a secret, or a part of one, is not kept.

use claviger_core::key::{Access, RefillInterval};

use super::model::{Expiry, NewKeyForm, Purpose};
use crate::{
    browser::storage::{self, new_key_draft},
    components::extras::Extras,
    pages::keys::query::is_safe,
};

/// Cannot be typed into a field.
const SEPARATOR: char = '\u{1f}';
const YES: &str = "1";

/// Whose draft it is, and of which organization's form.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The person.
    pub user: i64,
    /// Where the key would be.
    pub organization: i64,
}

impl Draft {
    /// Keeps the form as it is now.
    pub fn keep(self, form: &NewKeyForm) {
        storage::session_set(&new_key_draft(self.organization), &write(self.user, form));
    }

    /// What was kept of this person; another one's is forgotten.
    pub fn read(self, fresh: &NewKeyForm) -> Option<NewKeyForm> {
        let Some(form) = parse(self.user, &storage::session_get(&new_key_draft(self.organization))?) else {
            self.forget();
            return None;
        };
        (form != NewKeyForm { purpose: form.purpose, ..fresh.clone() }).then_some(form)
    }

    /// Forgets it: the key was made, or is not wanted.
    pub fn forget(self) {
        storage::session_remove(&new_key_draft(self.organization));
    }
}

fn write(user: i64, form: &NewKeyForm) -> String {
    let safe = |text: &str| if is_safe(text) { text.to_owned() } else { String::new() };
    let extras = &form.extras;
    let parts = [
        user.to_string(),
        form.purpose.word().to_owned(),
        form.access.word().to_owned(),
        if form.active { YES } else { "" }.to_owned(),
        form.expiry.word(),
        form.custom.clone(),
        safe(&form.name),
        safe(&form.description),
        safe(&form.scopes),
        safe(&extras.allowed_ips),
        safe(&extras.limit),
        safe(&extras.window),
        safe(&extras.remaining),
        safe(&extras.refill_amount),
        extras.refill_interval.map(RefillInterval::word).unwrap_or_default().to_owned(),
        safe(&extras.client_ip_header),
        safe(&extras.metadata),
    ];
    parts.join(&SEPARATOR.to_string())
}

fn parse(user: i64, text: &str) -> Option<NewKeyForm> {
    let mut parts = text.split(SEPARATOR).map(ToOwned::to_owned);
    let mut next = || parts.next();
    if next()? != user.to_string() {
        return None;
    }
    let purpose = next()?;
    let access = Access::parse(&next()?)?;
    let active = next()? == YES;
    let expiry = next()?;
    Some(NewKeyForm {
        purpose: Purpose::ALL.into_iter().find(|known| known.word() == purpose)?,
        access,
        active,
        expiry: Expiry::parse(&expiry)?,
        custom: next()?,
        name: next()?,
        description: next()?,
        scopes: next()?,
        extras: Extras {
            allowed_ips: next()?,
            limit: next()?,
            window: next()?,
            remaining: next()?,
            refill_amount: next()?,
            refill_interval: RefillInterval::parse(&next()?),
            client_ip_header: next()?,
            metadata: next()?,
        },
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
            extras: Extras {
                allowed_ips: "10.0.0.0/8\n::1".into(),
                refill_interval: Some(RefillInterval::Daily),
                metadata: "{\"team\": 1}".into(),
                ..Extras::default()
            },
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
