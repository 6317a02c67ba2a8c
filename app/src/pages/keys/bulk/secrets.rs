//! Many new secrets, shown once.

use claviger_core::csv;
use leptos::{ev, prelude::*};

use crate::{
    api::Minted,
    browser::{download, page},
    components::{
        button::Button,
        copy_button::CopyButton,
        dialog::Dialog,
        fixed::{Fix, Fixed, dynamic, on, press, text},
        icon::Icon,
        leaving::ask_first,
        secret_box::mask,
    },
    format,
};

/// The list of them, which goes only once it was copied or saved, or is not wanted.
#[component]
pub fn SecretsDialog(minted: Vec<Minted>, on_closed: Callback<()>) -> impl IntoView {
    let count = minted.len();
    let minted = StoredValue::new(minted);
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    ask_first(copied, asking);
    let close = Callback::new(move |()| {
        minted.set_value(Vec::new());
        on_closed.run(());
    });
    let ask = Callback::new(move |()| if copied.get_untracked() { close.run(()) } else { asking.set(true) });
    let on_copied = Callback::new(move |()| {
        copied.set(true);
        asking.set(false);
    });
    let whole = Callback::new(move |()| minted.try_with_value(|minted| table(minted)).unwrap_or_default());
    let save = Callback::new(move |()| {
        download::save("claviger-new-keys.csv", [csv::BOM.to_owned(), whole.run(())]);
        on_copied.run(());
    });
    // Selected by hand: all of them are what counts.
    let by_hand = move |_: ev::ClipboardEvent| {
        let selected = page::selected();
        let all = minted.with_value(|minted| minted.iter().all(|minted| selected.contains(minted.secret.expose())));
        if shown.get_untracked() && all {
            on_copied.run(());
        }
    };
    view! {
        <Dialog title="Copy these keys and keep them somewhere safe" on_dismiss=ask class="dialog wide" return_to="select-all">
            <p class="dialog-lead">"You will see them only once; we cannot show them again."</p>
            <p class="quiet">{format!("The new secrets of {count} keys, as lines of name, id and secret.{}", if count > 4 { " Scroll to see them all." } else { "" })}</p>
            <div class="secret-box secret-list-box">
                <div class="secret-list" role="group" aria-label="New secrets" tabindex="0" on:copy=on(by_hand)>
                    {dynamic(move || rows(minted, shown.get()))}
                </div>
                <div class="secret-actions">
                    <button type="button" class="button" on:click=press(move || shown.update(|shown| *shown = !*shown))>
                        {dynamic(move || if shown.get() { Icon::EyeOff } else { Icon::Eye }.view())}
                        {text(move || if shown.get() { "Hide" } else { "Show" }.to_owned())}
                    </button>
                    <Button on_press=save>"Download"</Button>
                    <CopyButton label="Copy all" whole=whole on_copied=on_copied primary=true autofocus=true />
                </div>
            </div>
            {dynamic(move || if asking.get() {
                view! {
                    <div class="note warn" role="alert">
                        <p>"You have neither copied nor downloaded them. Close anyway?"</p>
                        <div class="note-actions">
                            <Button on_press=Callback::new(move |()| asking.set(false)) autofocus=true>
                                "Go back"
                            </Button>
                            <Button on_press=close>"Close anyway"</Button>
                        </div>
                    </div>
                }.fixed()
            } else {
                view! { <div class="dialog-actions"><Button on_press=ask>"Close"</Button></div> }.fixed()
            })}
        </Dialog>
    }
}

fn rows(minted: StoredValue<Vec<Minted>>, shown: bool) -> Fixed {
    let row = |minted: &Minted| {
        let text = if shown { minted.secret.expose().to_owned() } else { mask(&minted.secret) };
        view! { <li><span class="key-name">{format::distinct_name(&minted.key)}</span> <code>{text}</code></li> }
    };
    let rows: Vec<_> = minted.with_value(|minted| minted.iter().map(row).collect());
    view! { <ol>{rows}</ol> }.fixed()
}

/// Name, id and secret, for a spreadsheet or a script.
fn table(minted: &[Minted]) -> String {
    let line = |minted: &Minted| {
        let id = minted.key.id.to_string();
        csv::line([format::distinct_name(&minted.key).as_str(), id.as_str(), minted.secret.expose()])
    };
    csv::line(["name", "id", "secret"]) + &minted.iter().map(line).collect::<String>()
}
