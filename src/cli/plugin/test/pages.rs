//! What a test says that the web answers, and what it asks of what the plugin sent.

use std::time::Duration;

use domovoi_plugin::{HttpAnswer, HttpError, HttpRequest, parse_duration};
use serde_json::{Map, Value as Json, json};

use super::{
    doings::{arg, word},
    world::World,
};
use crate::{
    cli::stage::web::{Prepared, host_of},
    host::lua::testing::Wish,
};

/// What an answer can say.
const KEYS: &[&str] = &["status", "body", "json", "headers", "after", "error"];
/// Why there is no answer.
const ERRORS: &[&str] = &["unreachable", "no host", "insecure", "broken", "busy"];

impl World {
    /// From now on an address answers this, or these one after the other.
    pub(super) fn prepare_page(&self, wish: &Wish) -> Result<Json, String> {
        let url = word(wish, 0);
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(format!("`{url}` is no address such as \"https://example.org/\""));
        }
        let given = arg(wish, 1);
        let answers = match given.as_array() {
            Some(answers) => answers.iter().map(|it| prepared(url, it)).collect::<Result<Vec<_>, _>>()?,
            None => vec![prepared(url, given)?],
        };
        self.web.prepare(url, answers);
        Ok(Json::Null)
    }

    /// What the plugin asked an address.
    pub(super) fn requested(&self, wish: &Wish) -> Result<Json, String> {
        let url = word(wish, 0);
        let request = self.web.asked(url).ok_or_else(|| format!("the plugin did not ask {url}"))?;
        Ok(shown(&request))
    }
}

fn prepared(url: &str, given: &Json) -> Result<Prepared, String> {
    let Json::Object(given) = given else {
        return Err("an answer of the web is { status = 200, body = \"…\" }".to_owned());
    };
    if let Some(key) = given.keys().find(|it| !KEYS.contains(&it.as_str())) {
        return Err(format!("there is no `{key}` of an answer: there are {}", KEYS.join(", ")));
    }
    let after = match given.get("after") {
        None => Duration::ZERO,
        Some(Json::String(text)) => parse_duration(text).map_err(|it| it.to_string())?,
        Some(other) => Duration::try_from_secs_f64(other.as_f64().unwrap_or(-1.0)).map_err(|it| it.to_string())?,
    };
    let answer = match given.get("error").and_then(Json::as_str) {
        Some(why) => Err(error(host_of(url), why)?),
        None => Ok(answer(given)?),
    };
    Ok(Prepared { answer, after })
}

fn answer(given: &Map<String, Json>) -> Result<HttpAnswer, String> {
    let status = given.get("status").map_or(Some(200), Json::as_u64).and_then(|it| u16::try_from(it).ok());
    let status = status.filter(|it| (100..600).contains(it)).ok_or("`status` is a number such as 200")?;
    let (body, kind) = match (given.get("body"), given.get("json")) {
        (Some(_), Some(_)) => return Err("an answer has either a `body` or `json`".to_owned()),
        (None, Some(json)) => (json.to_string(), "application/json"),
        (Some(Json::String(body)), None) => (body.clone(), "text/html; charset=utf-8"),
        (Some(_), None) => return Err("`body` is a text in quotes".to_owned()),
        (None, None) => (String::new(), "text/plain"),
    };
    let mut it = HttpAnswer { status, ..HttpAnswer::ok(body) };
    if let Some(Json::Object(headers)) = given.get("headers") {
        for (name, value) in headers {
            it = it.with_header(name, value.as_str().unwrap_or_default());
        }
    }
    Ok(if it.header("content-type").is_none() { it.with_header("content-type", kind) } else { it })
}

fn error(host: String, why: &str) -> Result<HttpError, String> {
    Ok(match why {
        "unreachable" => HttpError::Unreachable { host },
        "no host" => HttpError::NoHost { host },
        "insecure" => HttpError::Insecure { host, why: "the certificate is not to be trusted".to_owned() },
        "broken" => HttpError::Broken { host },
        "busy" => HttpError::Busy,
        other => return Err(format!("there is no error `{other}`: there are {}", ERRORS.join(", "))),
    })
}

fn shown(request: &HttpRequest) -> Json {
    let headers: Map<String, Json> =
        request.headers.iter().map(|(name, value)| (name.to_lowercase(), Json::from(value.as_str()))).collect();
    json!({
        "method": request.method.as_str(),
        "url": request.url,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    })
}
