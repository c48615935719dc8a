//! Which path is answered by what, and what holds for every answer.

use std::sync::Arc;

use axum::{
    Router,
    body::HttpBody as _,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use super::{health, hooks, metrics};
use crate::host::core::Host;

/// What a browser may do with an answer: show it.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All paths.
pub(super) fn router(host: Arc<Host>) -> Router {
    Router::new()
        .route("/health", get(get_health))
        .route("/metrics", get(get_metrics))
        .route(&format!("{}{{*rest}}", hooks::PATH), post(post_hook))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .with_state(host)
        .layer(middleware::from_fn(no_bodies))
        .layer(middleware::from_fn(careful))
}

async fn get_health(State(host): State<Arc<Host>>) -> Response {
    match health::of(&host).await {
        Ok(()) => plain(StatusCode::OK, "ok".to_owned()),
        Err(why) => plain(StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

async fn get_metrics(State(host): State<Arc<Host>>, headers: HeaderMap) -> Response {
    metrics::refresh(&host);
    let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let form =
        if accept.contains("application/openmetrics-text") { metrics::OPEN_METRICS } else { metrics::PROMETHEUS };
    ([(CONTENT_TYPE, HeaderValue::from_static(form))], host.metrics.text()).into_response()
}

async fn post_hook(State(host): State<Arc<Host>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let (status, text) = hooks::take(&host, &head.uri, &head.headers, body).await;
    plain(status, text.to_owned())
}

async fn nothing() -> Response {
    plain(StatusCode::NOT_FOUND, "there is nothing here\n".to_owned())
}

async fn not_so() -> Response {
    plain(StatusCode::METHOD_NOT_ALLOWED, "that is not how this is asked\n".to_owned())
}

fn plain(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

/// Nothing but a call to a plugin takes a body: one that comes is not read, and the connection ends with the answer.
async fn no_bodies(request: Request, next: Next) -> Response {
    let is_hook = request.uri().path().starts_with(hooks::PATH) && request.method() == Method::POST;
    if is_hook || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let mut response = plain(StatusCode::PAYLOAD_TOO_LARGE, "a request has no body here\n".to_owned());
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn careful(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
