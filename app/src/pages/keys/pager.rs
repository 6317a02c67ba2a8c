//! How many keys there are, and the way to the next fifty.

use leptos::prelude::*;

use super::{found::Found, state::KeysState};
use crate::{
    api::Place,
    browser::page,
    components::{
        button::Button,
        fixed::{Fix, optional, text},
    },
    usage,
};

/// "1–50 of 120", and the buttons when there is more than one page. The count is read aloud when it changes.
#[component]
pub fn Pager() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let now = move || place(state);
    let says = text(move || now().map(sentence).unwrap_or_default());
    // A memo: a button that was pressed must not be drawn anew beneath the focus.
    let several = Memo::new(move |_| now().is_some_and(|page| page.num_pages > 1));
    let first = Signal::derive(move || now().is_none_or(|page| page.page == 0));
    let last = Signal::derive(move || now().is_none_or(|page| page.page + 1 >= page.num_pages));
    let turn = move |to: i32| {
        Callback::new(move |()| {
            state.change(|query| query.page = query.page.saturating_add_signed(to));
            window().scroll_to_with_x_and_y(0.0, 0.0);
            // Where the new rows begin; the button may be one that the last page switches off.
            page::focus_heading();
        })
    };
    view! {
        <div class="pager">
            <p role="status">{says}</p>
            {optional(move || several.get().then(|| view! {
                <nav class="pager-buttons" aria-label="Pages">
                    <Button disabled=first on_press=turn(-1)>
                        "Previous"
                    </Button>
                    <Button disabled=last on_press=turn(1)>
                        "Next"
                    </Button>
                </nav>
            }.fixed()))}
        </div>
    }
}

/// Where in the list the rows are; `None` while there is no list to be in.
fn place(state: KeysState) -> Option<Place> {
    let listed = state.found.with(|found| matches!(found, Found::Nothing));
    state.list.with(|list| match list {
        Some(Ok((_, page))) if listed => Some(*page),
        _ => None,
    })
}

fn number(count: u32) -> String {
    usage::number(u64::from(count))
}

fn sentence(page: Place) -> String {
    let from = page.page.saturating_mul(page.per_page) + 1;
    let to = page.num_records.min(page.page.saturating_add(1).saturating_mul(page.per_page));
    match page.num_records {
        0 => "No keys".to_owned(),
        1 => "1 key".to_owned(),
        all if page.num_pages <= 1 => format!("{} keys", number(all)),
        all => format!("{}–{} of {} keys", number(from), number(to), number(all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_a_sentence() {
        for (page, all, says) in [
            (0, 0, "No keys"),
            (0, 1, "1 key"),
            (0, 50, "50 keys"),
            (0, 120, "1–50 of 120 keys"),
            (2, 120, "101–120 of 120 keys"),
            (20, 1_204, "1,001–1,050 of 1,204 keys"),
        ] {
            assert_eq!(sentence(Place { page, per_page: 50, num_records: all, num_pages: all.div_ceil(50) }), says);
        }
    }
}
