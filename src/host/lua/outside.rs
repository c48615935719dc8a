//! What plugins in Lua do outside of rooms: fetch from the web, upload files, show them; and correct what they said.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domovoi_plugin::{
    Action, HttpAnswer, HttpError, HttpMethod, HttpRequest, MessageId, Place, Power, Text, UploadError, UploadFile,
};
use serde_json::{Map, Value as Json, json};

use super::{
    plugin::MAX_UPLOADS,
    serve::{Service, span, text, words},
    thread::Answer,
    yielded::PAIR,
};

/// Of larger answers a VM as it is by default would have no room for two.
const MAX_BYTES: usize = 4 << 20;

/// `cx.http:get(url, opts)`, `cx.http:post(url, body, opts)`: method, address, body, options.
pub(super) async fn http(it: &Service<'_>, args: &[Json]) -> Answer {
    it.need(Power::Http)?;
    let is_post = words(args, 0) == "POST";
    let method = if is_post { HttpMethod::Post } else { HttpMethod::Get };
    let opts = Options::read(args.get(3))?;
    let (body, media_type) = body(args.get(2))?;
    let mut headers = opts.headers;
    let has_type = headers.iter().any(|it| it.0.eq_ignore_ascii_case("content-type"));
    headers.extend(media_type.filter(|_| !has_type).map(|it| ("Content-Type".to_owned(), it.to_owned())));
    let request = HttpRequest {
        method,
        url: text(args, 1)?,
        headers,
        body,
        timeout: opts.timeout,
        max_bytes: opts.max_bytes,
        may_be_cut: opts.may_be_cut,
    };
    match it.cx.services.http.fetch(request).await {
        Ok(answer) => Ok(shown(&answer, opts.is_raw)),
        Err(HttpError::NotGranted) => it.need(Power::Http).map(|()| Json::Null),
        Err(error) => Ok(failed(it, &error.text())),
    }
}

/// What a plugin wants beside the address.
#[derive(Default)]
struct Options {
    headers: Vec<(String, String)>,
    timeout: Option<std::time::Duration>,
    max_bytes: Option<usize>,
    may_be_cut: bool,
    is_raw: bool,
}

impl Options {
    fn read(given: Option<&Json>) -> Result<Self, String> {
        let mut options = Self::default();
        let given = match given {
            None | Some(Json::Null) => return Ok(options),
            Some(Json::Object(given)) => given,
            Some(_) => return Err("options are a table, such as { timeout = \"5s\" }".to_owned()),
        };
        for (name, value) in given {
            match name.as_str() {
                "headers" => options.headers = headers(value)?,
                "timeout" => options.timeout = span(std::slice::from_ref(value), 0)?,
                "max_bytes" => options.max_bytes = Some(max_bytes(value)?),
                "cut" => options.may_be_cut = value.as_bool().ok_or("`cut` is true or false")?,
                "raw" => options.is_raw = value.as_bool().ok_or("`raw` is true or false")?,
                other => {
                    return Err(format!(
                        "there is no option `{other}`: there are headers, timeout, max_bytes, cut, raw"
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn headers(value: &Json) -> Result<Vec<(String, String)>, String> {
    let wrong = || "`headers` is a table of names and values".to_owned();
    let header = |(name, value): (&String, &Json)| match value {
        Json::String(text) => Ok((name.clone(), text.clone())),
        Json::Number(number) => Ok((name.clone(), number.to_string())),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => Err(wrong()),
    };
    value.as_object().ok_or_else(wrong)?.iter().map(header).collect()
}

fn max_bytes(value: &Json) -> Result<usize, String> {
    let number = value.as_u64().and_then(|it| usize::try_from(it).ok());
    let fits = number.filter(|it| (1..=MAX_BYTES).contains(it));
    fits.ok_or_else(|| format!("`max_bytes` is a number from 1 to {MAX_BYTES}"))
}

/// What is sent, and as what if nobody says: bytes come packed, a table becomes JSON.
fn body(given: Option<&Json>) -> Result<(Vec<u8>, Option<&'static str>), String> {
    match given {
        None | Some(Json::Null) => Ok((Vec::new(), None)),
        Some(Json::Object(it)) if it.len() == 1 && it.contains_key("base64") => {
            Ok((bytes(it.get("base64"))?, Some("text/plain; charset=utf-8")))
        }
        Some(Json::Object(it)) if it.contains_key("json") => {
            let json = it.get("json").unwrap_or(&Json::Null).to_string();
            Ok((json.into_bytes(), Some("application/json")))
        }
        Some(_) => Err("what is sent is a text or a table".to_owned()),
    }
}

fn bytes(packed: Option<&Json>) -> Result<Vec<u8>, String> {
    STANDARD.decode(packed.and_then(Json::as_str).unwrap_or_default()).map_err(|error| error.to_string())
}

/// An answer as a table; a body that is no text goes packed, and is unpacked in the VM.
fn shown(answer: &HttpAnswer, is_raw: bool) -> Json {
    let mut headers = Map::new();
    for (name, value) in &answer.headers {
        match headers.get_mut(name) {
            Some(Json::String(all)) => all.extend([", ", value.as_str()]),
            _ => drop(headers.insert(name.clone(), Json::from(value.as_str()))),
        }
    }
    let (key, body) =
        if answer.is_text() && !is_raw { ("body", answer.text()) } else { ("base64", STANDARD.encode(&answer.body)) };
    json!({
        "status": answer.status,
        "ok": answer.is_ok(),
        "headers": headers,
        "url": answer.url,
        "cut": answer.is_cut,
        key: body,
    })
}

/// `nil` and why.
fn failed(it: &Service<'_>, why: &Text) -> Json {
    Json::from(vec![Json::from(PAIR), Json::Null, Json::from(it.cx.words(why))])
}

/// `cx:upload(name, bytes, type)`: the address, or nil and why.
pub(super) async fn upload(it: &Service<'_>, args: &[Json]) -> Answer {
    it.need(Power::Upload)?;
    let Ok(_turn) = it.plugin.uploads.try_acquire() else {
        return Err(format!("at most {MAX_UPLOADS} files are uploaded at once"));
    };
    let media_type = args.get(2).and_then(Json::as_str).unwrap_or("application/octet-stream").to_owned();
    let file = UploadFile { name: text(args, 0)?, media_type, bytes: bytes(args.get(1))? };
    match it.cx.services.upload.upload(it.cx.room.as_ref(), file).await {
        Ok(url) => Ok(Json::from(url)),
        Err(UploadError::NotGranted) => it.need(Power::Upload).map(|()| Json::Null),
        Err(error) => Ok(failed(it, &error.text())),
    }
}

/// `cx:correct(text, which)`: what is to be done.
pub(super) fn correct(it: &Service<'_>, args: &[Json]) -> Result<Action, String> {
    let replaces = match args.get(1) {
        None | Some(Json::Null) => None,
        Some(Json::String(id)) => Some(MessageId::new(id.as_str())),
        Some(_) => return Err("what is corrected is named by what cx:say gave".to_owned()),
    };
    if replaces.is_none() && it.cx.place != Place::Room {
        return Err("what is said in private cannot be corrected: say which message of the room is meant".to_owned());
    }
    Ok(Action::Correct { replaces, text: text(args, 0)? })
}
