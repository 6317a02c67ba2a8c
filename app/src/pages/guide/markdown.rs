//! Reads docs/INTEGRATE.md: as much of Markdown as is in it.

/// What stands below the title, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `## …`
    Heading(String),
    /// Lines up to an empty one.
    Paragraph(Vec<Piece>),
    /// A fenced block, with the word behind its fence.
    Code(String, String),
}

/// A part of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// In backticks.
    Code(String),
    /// Between asterisks.
    Emphasis(String),
    /// What is read, and where it leads.
    Link(String, String),
}

/// The guide for the Claviger at `origin`: with its address in place of the one that the document has.
pub fn guide(document: &str, origin: &str) -> Vec<Block> {
    let (scheme, host) = origin.split_once("://").unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let port = match (scheme, host.contains(':')) {
        (_, true) => "",
        ("http", _) => ":80",
        _ => ":443",
    };
    let text = document
        .replace("https://keys.example.com", origin)
        .replace("keys.example.com:443", &format!("{host}{port}"))
        .replace("proxy_ssl_name keys.example.com", &format!("proxy_ssl_name {name}"))
        .replace("keys.example.com", host)
        // The name that nginx has for it.
        .replace("https://claviger/", &format!("{scheme}://claviger/"));
    blocks(&text)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    let mut code: Option<(String, String)> = None;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            end(&mut paragraph, &mut blocks);
            match code.take() {
                Some((language, text)) => blocks.push(Block::Code(language, text.trim_end().to_owned())),
                None => code = Some((language.to_owned(), String::new())),
            }
        } else if let Some((_, text)) = &mut code {
            text.push_str(line);
            text.push('\n');
        } else if let Some(heading) = line.strip_prefix("## ") {
            end(&mut paragraph, &mut blocks);
            blocks.push(Block::Heading(heading.to_owned()));
        } else if line.is_empty() || line.starts_with("# ") {
            end(&mut paragraph, &mut blocks);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    end(&mut paragraph, &mut blocks);
    blocks
}

fn end(paragraph: &mut String, blocks: &mut Vec<Block>) {
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(pieces(paragraph)));
        paragraph.clear();
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, piece, behind)) = first_marked(rest) {
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    pieces
}

/// The first marked part, with what stands before and behind it.
fn first_marked(text: &str) -> Option<(&str, Piece, &str)> {
    text.match_indices(['`', '*', '[']).find_map(|(at, mark)| {
        let (before, marked) = text.split_at(at);
        let inside = marked.strip_prefix(mark)?;
        let (piece, behind) = match mark {
            "`" => inside.split_once('`').map(|(code, behind)| (Piece::Code(code.to_owned()), behind)),
            "*" => inside.split_once('*').map(|(text, behind)| (Piece::Emphasis(text.to_owned()), behind)),
            _ => inside.split_once("](").and_then(|(label, rest)| {
                let (to, behind) = rest.split_once(')')?;
                Some((Piece::Link(label.to_owned(), to.to_owned()), behind))
            }),
        }?;
        Some((before, piece, behind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = include_str!("../../../../docs/INTEGRATE.md");

    #[test]
    fn the_whole_document_is_read_and_nothing_of_its_marks_is_left() {
        let blocks = guide(DOCUMENT, "https://keys.acme.example");
        let headings = blocks.iter().filter(|block| matches!(block, Block::Heading(_))).count();
        assert_eq!(headings, DOCUMENT.matches("\n## ").count());
        let code: Vec<_> = blocks
            .iter()
            .filter_map(|block| match block {
                Block::Code(language, code) => Some((language.as_str(), code.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(code.len() * 2, DOCUMENT.matches("```").count());
        for (language, code) in code {
            assert!(!code.contains("example.com"), "{language}");
            let theirs = code.replace("keys.acme.example", "keys.example.com");
            assert!(DOCUMENT.contains(&format!("```{language}\n{theirs}\n```")), "{language}");
        }
        let said = blocks.iter().filter_map(|block| match block {
            Block::Paragraph(pieces) => Some(pieces),
            _ => None,
        });
        for piece in said.flatten() {
            if let Piece::Text(text) | Piece::Link(text, _) = piece {
                assert!(!text.contains(['`', '*', '[', ']', '#', '|']), "{text}");
            }
        }
    }

    #[test]
    fn a_developers_own_machine_is_named_with_its_port_and_without_tls() {
        let text = format!("{:?}", guide(DOCUMENT, "http://localhost:8787"));
        assert!(text.contains("curl http://localhost:8787/v1/verify"));
        assert!(text.contains("server localhost:8787;"));
        assert!(text.contains("proxy_ssl_name localhost;"));
        assert!(text.contains("proxy_pass http://claviger/v1/auth"));
        assert!(!text.contains("example.com"));
    }

    #[test]
    fn marks_are_told_apart() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces("Ask `a*b`, *now*: [there](API.md#x). 2 * 3"),
            [
                text("Ask "),
                Piece::Code("a*b".into()),
                text(", "),
                Piece::Emphasis("now".into()),
                text(": "),
                Piece::Link("there".into(), "API.md#x".into()),
                text(". 2 * 3"),
            ]
        );
    }
}
