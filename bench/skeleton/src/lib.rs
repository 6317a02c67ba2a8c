//! One route that asks D1 one question.

use axum::{Extension, Router, response::Response, routing::get};
use tower_service::Service;
use worker::{Context, Env, HttpRequest, event, send};

#[derive(serde::Deserialize)]
struct Row {
    one: f64,
}

#[send]
async fn ask(Extension(env): Extension<Env>) -> String {
    let row = async { env.d1("DB")?.prepare("SELECT 1 AS one").first::<Row>(None).await }.await;
    match row {
        Ok(row) => row.map_or(0.0, |row| row.one).to_string(),
        Err(error) => error.to_string(),
    }
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _context: Context) -> worker::Result<Response> {
    console_error_panic_hook::set_once();
    Ok(Router::new().route("/", get(ask)).layer(Extension(env)).call(request).await?)
}
