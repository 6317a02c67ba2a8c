//! How other programs use this Claviger: docs/INTEGRATE.md, with this installation's own address filled in. The text is not in
//! the program: it lies beside the API reference, as the build has copied it.

mod markdown;

use leptos::prelude::*;

use self::markdown::{Block, Piece, guide};
use crate::{
    api,
    browser::{page, theme::Theme},
    chunks::chunk,
    components::{
        copy_button::CopyButton,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic},
        skeleton::Bone,
    },
    remote::Remote,
};

chunk! {
    /// The integration guide.
    Page guide: pub fn guide_page() => view! { <GuidePage /> }.fixed()
}

#[component]
fn GuidePage() -> impl IntoView {
    let text = Remote::new(move || Box::pin(api::guide::text()));
    view! {
        <div class="page-head">
            <h1>"Integration guide"</h1>
        </div>
        {dynamic(move || match text.get() {
            Some(Ok(text)) => sections(guide(&text, &page::origin())),
            Some(Err(error)) => {
                let again = Callback::new(move |()| text.refetch());
                view! { <ErrorState title="The guide could not be loaded" error=error on_retry=again /> }.fixed()
            }
            None => view! {
                <div aria-busy="true">
                    <p class="visually-hidden" role="status">"Loading the guide"</p>
                    <Bone width="long" />
                    <Bone width="long" />
                </div>
            }.fixed(),
        })}
    }
    .fixed()
}

/// What follows a heading stands with it.
fn sections(blocks: Vec<Block>) -> Fixed {
    let mut sections: Vec<Vec<Fixed>> = vec![Vec::new()];
    for block in blocks {
        if matches!(block, Block::Heading(_)) {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(drawn(block));
        }
    }
    let sections: Vec<_> =
        sections.into_iter().map(|section| view! { <section class="settings-section">{section}</section> }).collect();
    view! { <div class="settings">{sections}</div> }.fixed()
}

fn drawn(block: Block) -> Fixed {
    match block {
        Block::Heading(text) => view! { <h2>{text}</h2> }.fixed(),
        Block::Paragraph(pieces) => {
            let pieces: Vec<_> = pieces.into_iter().map(piece).collect();
            view! { <p>{pieces}</p> }.fixed()
        }
        Block::Code(language, code) => {
            let (title, copy) = named(&language);
            let whole = code.clone();
            view! {
                <figure class="snippet">
                    <figcaption>
                        <span>{title}</span>
                        <CopyButton label=copy whole=Callback::new(move |()| whole.clone()) />
                    </figcaption>
                    <pre tabindex="0"><code>{code}</code></pre>
                </figure>
            }
            .fixed()
        }
    }
}

fn piece(piece: Piece) -> Fixed {
    match piece {
        Piece::Text(text) => text.fixed(),
        Piece::Code(text) => view! { <code>{text}</code> }.fixed(),
        Piece::Emphasis(text) => view! { <em>{text}</em> }.fixed(),
        // The only other document that lies here.
        Piece::Link(text, to) if to == "API.md#verification" => {
            view! { <a href=Theme::reference() rel="external">{text}</a> }.fixed()
        }
        Piece::Link(text, _) => text.fixed(),
    }
}

/// What a block is, and what its button is called.
fn named(language: &str) -> (&'static str, &'static str) {
    match language {
        "sh" => ("Shell", "Copy command"),
        "nginx" => ("nginx.conf", "Copy nginx configuration"),
        "caddyfile" => ("Caddyfile", "Copy Caddyfile"),
        "toml" => ("wrangler.toml", "Copy binding"),
        "js" => ("JavaScript", "Copy Worker"),
        "mjs" => ("receiver.mjs", "Copy receiver"),
        _ => ("Text", "Copy text"),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn each_block_of_the_guide_has_a_name_of_its_own() {
        let document = include_str!("../../../../docs/INTEGRATE.md");
        let languages: Vec<_> = document.lines().filter_map(|line| line.strip_prefix("```")).step_by(2).collect();
        let mut names: Vec<_> = languages.iter().map(|language| named(language).1).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), languages.len());
        assert!(!names.contains(&"Copy text"));
    }
}
