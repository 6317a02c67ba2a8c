//! What is around every page: the contexts, the routes, the toasts, and the sign-in dialog of an ended session.

use leptos::prelude::*;
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    browser::setup_token::SetupToken,
    components::{
        frame::Frame,
        toast::{ToastContext, Toasts},
    },
    pages::{keys::KeysPage, not_found::NotFoundPage, setup::SetupPage, sign_in::SignInPage},
    session::SessionContext,
};

/// The whole console.
pub fn app(token: SetupToken) -> impl IntoView {
    provide_context(token);
    provide_context(ToastContext::new());
    let session = SessionContext::new();
    provide_context(session);
    session.load();

    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage />
                <Route path=path!("/setup") view=SetupPage />
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("") view=KeysPage />
                    <Route path=path!("/keys") view=KeysPage />
                </ParentRoute>
            </Routes>
        </Router>
        <Toasts />
    }
}
