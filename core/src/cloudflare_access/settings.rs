//! What whoever runs an installation has configured.

/// Longest audience tag, in characters. Cloudflare's have 64.
const LONGEST_TAG: usize = 200;

/// Which team's assertions count, and for which applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The team's host, such as `acme.cloudflareaccess.com`.
    team: String,
    /// The applications' audience tags.
    audiences: Vec<String>,
    /// The organization that gets a new member when somebody comes who is in none.
    pub provision: Option<i64>,
}

impl Settings {
    /// Reads the variables `ACCESS_TEAM_DOMAIN`, `ACCESS_AUD` and `ACCESS_PROVISION`. `Ok(None)`: nothing is configured.
    ///
    /// # Errors
    /// Which of them does not fit. Half a configuration is none, and never an open door.
    pub fn read(team: &str, audiences: &str, provision: &str) -> Result<Option<Self>, &'static str> {
        let (team, audiences, provision) = (team.trim(), audiences.trim(), provision.trim());
        if team.is_empty() && audiences.is_empty() && provision.is_empty() {
            return Ok(None);
        }
        let team = team.strip_prefix("https://").unwrap_or(team).trim_end_matches('/');
        if !is_host(team) {
            return Err("ACCESS_TEAM_DOMAIN is not a host such as acme.cloudflareaccess.com");
        }
        let audiences: Vec<String> = audiences.split(',').map(|tag| tag.trim().to_owned()).collect();
        let fits = |tag: &String| {
            !tag.is_empty() && tag.len() <= LONGEST_TAG && tag.chars().all(|character| character.is_ascii_graphic())
        };
        if !audiences.iter().all(fits) {
            return Err("ACCESS_AUD is not the application's audience tag, nor several with commas");
        }
        let provision = match provision {
            "" => None,
            text => match text.parse::<i64>() {
                Ok(id) if id > 0 => Some(id),
                _ => return Err("ACCESS_PROVISION is not the id of an organization"),
            },
        };
        Ok(Some(Self { team: team.to_ascii_lowercase(), audiences, provision }))
    }

    /// What `iss` must be.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://{}", self.team)
    }

    /// Where the team publishes its keys.
    #[must_use]
    pub fn certs(&self) -> String {
        format!("https://{}/cdn-cgi/access/certs", self.team)
    }

    /// What to remember of an application by which somebody came: the first of `tags` that is one of ours, and whose it is.
    #[must_use]
    pub fn application<'a>(&self, mut tags: impl Iterator<Item = &'a str>) -> Option<String> {
        let ours = tags.find(|tag| self.audiences.iter().any(|audience| audience == tag))?;
        Some(format!("{}/{ours}", self.issuer()))
    }

    /// Whether an [`application`](Self::application) is still one of those that count: who was let in by another team, or by an
    /// application that is not trusted any more, goes with it.
    #[must_use]
    pub fn still_has(&self, application: &str) -> bool {
        self.audiences.iter().any(|tag| application == format!("{}/{tag}", self.issuer()))
    }
}

/// A name with a dot, and nothing that would lead elsewhere: no port, no path, no user.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // An address has digits only at its end, a name never.
    let named = text.rsplit('.').next().is_some_and(|last| last.starts_with(|first: char| first.is_ascii_alphabetic()));
    text.len() <= 253 && text.contains('.') && named && text.split('.').all(label)
}
