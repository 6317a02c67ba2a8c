//! Makes one style sheet of the many that trunk puts into `dist`: fewer bytes, because they are compressed together, and one
//! request instead of a dozen before anything is painted. Under `trunk serve` they stay apart.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use sha2::{Digest, Sha384};

use crate::failure::{Failure, Result};

/// Replaces the style sheets that `index.html` in `dist` names by one, in their order, named by its content.
pub fn join(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let page = fs::read_to_string(&index).map_err(Failure::while_trying("read dist/index.html"))?;
    let sheets = sheets(&page);
    let Some((first, _)) = sheets.first() else {
        return Err(Failure::Failed("dist/index.html names no style sheet.".to_owned()));
    };
    let mut all = String::new();
    for (_, name) in &sheets {
        let file = dist.join(name.trim_start_matches('/'));
        let trying = || Failure::while_trying(format!("join {}", file.display()));
        all.push_str(&fs::read_to_string(&file).map_err(trying())?);
        fs::remove_file(&file).map_err(trying())?;
    }
    let digest = Sha384::digest(&all);
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("styles-{short}.css");
    let tag = format!("<link href=/{name} integrity=sha384-{} rel=stylesheet>", STANDARD.encode(digest));
    fs::write(dist.join(&name), &all).map_err(Failure::while_trying("write the style sheet"))?;
    let mut joined = page.replacen(first, &tag, 1);
    for (tag, _) in sheets.iter().skip(1) {
        joined = joined.replacen(tag, "", 1);
    }
    fs::write(&index, joined).map_err(Failure::while_trying("write dist/index.html"))
}

/// The tags of the style sheets, each with the path that it names.
fn sheets(page: &str) -> Vec<(String, String)> {
    let tags = page.split("<link ").skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag));
    let sheets = tags.filter(|tag| value(tag, "rel") == Some("stylesheet"));
    sheets.filter_map(|tag| Some((format!("<link {tag}>"), value(tag, "href")?.to_owned()))).collect()
}

/// The value of an attribute, in quotes or without.
fn value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(' ')
        .find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
        .map(|text| text.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheets_are_joined_in_their_order_and_what_is_no_sheet_stays() {
        let dist = std::env::temp_dir().join(format!("claviger-styles-{}", std::process::id()));
        fs::create_dir_all(&dist).unwrap();
        let page = "<link href=/a.svg rel=icon><link href=/b-1.css integrity=sha384-x= rel=stylesheet>\
            <link rel=\"stylesheet\" href=\"/a-2.css\"><link href=/x.js rel=modulepreload><p>";
        for (name, text) in [("index.html", page), ("b-1.css", "b{}"), ("a-2.css", "a{}")] {
            fs::write(dist.join(name), text).unwrap();
        }
        join(&dist).unwrap();
        let page = fs::read_to_string(dist.join("index.html")).unwrap();
        let name = "styles-16447fe571b200c9.css";
        let digest = "FkR/5XGyAMlD+NFBkf7yG3U674q/QTo6UohUdEGtgmBBzVoPOYbOyYbB5aIkSEch";
        assert_eq!(
            page,
            format!(
                "<link href=/a.svg rel=icon><link href=/{name} integrity=sha384-{digest} rel=stylesheet>\
                 <link href=/x.js rel=modulepreload><p>"
            )
        );
        assert_eq!(fs::read_to_string(dist.join(name)).unwrap(), "b{}a{}");
        assert!(!dist.join("b-1.css").exists() && !dist.join("a-2.css").exists());
        assert!(join(&dist.join("nowhere")).is_err());
        fs::remove_dir_all(&dist).unwrap();
    }
}
