//! The pieces of the program. What a first visit needs is one; the others, the chunks, are loaded when they are first shown.
//!
//! `cargo xtask` builds with the feature `split` and takes the program apart where `chunk!` says (xtask/src/pieces.rs). Without
//! it, as under `trunk serve`, all of it is one piece and a chunk is an ordinary function.
//!
//! Hazard: whatever shows a secret that was just minted must be in the chunk that minted it. What would have to be loaded
//! then might not be had, and the secret would be gone.

/// Declares a function whose code is in a chunk: `Page` for what fills a page, `Part` for what opens within one,
/// `Section` for what stands among other things on one, `Extra` for what it can do without.
///
/// ```ignore
/// chunk! {
///     /// The settings.
///     Page settings: pub fn settings_page() => view! { <SettingsPage /> }.fixed()
/// }
/// ```
/// Functions that name the same chunk (`settings`) are loaded together.
macro_rules! chunk {
    ($(#[$doc:meta])* $kind:ident $chunk:ident: $vis:vis fn $name:ident($($given:ident: $type:ty),*) => $body:expr) => {
        $(#[$doc])*
        #[cfg(not(feature = "split"))]
        $vis fn $name($($given: $type),*) -> $crate::components::fixed::Fixed {
            $body
        }

        $(#[$doc])*
        #[cfg(feature = "split")]
        $vis fn $name($($given: $type),*) -> $crate::components::fixed::Fixed {
            use $crate::{chunks::arriving::{self, Kind}, components::fixed::Fixed};

            #[leptos::wasm_split::wasm_split($chunk, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
            fn $name($($given: $type),*) -> Result<Fixed, leptos::wasm_split::SplitLoaderError> {
                Ok($body)
            }

            arriving::show(Kind::$kind, || Box::pin(load()), Box::new(move || Box::pin($name($($given),*))))
        }
    };
}

pub(crate) use chunk;

#[cfg(feature = "split")]
pub mod arriving;
