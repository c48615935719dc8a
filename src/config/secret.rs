//! A password: where it is written, and readable only where it is used.

use std::{fmt, fs, path::Path};

use super::section::{Field, Section};

/// What `init` writes in the place of a password.
const PLACEHOLDER: &str = "change me";

/// A text that must not reach logs: `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    ///
    /// # Errors
    /// If it is empty: an empty password is a forgotten one.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        if text.is_empty() { Err("the password is empty".to_owned()) } else { Ok(Self(text)) }
    }

    /// The secret itself, to hand to a login.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a table names a password in any of the three ways.
pub(super) fn is_given(section: &Section<'_>) -> bool {
    ["password", "password_file", "password_env"].into_iter().any(|key| section.field(key).is_some())
}

/// Reads `password`, `password_file` or `password_env`; none if none of them is there or it is wrong.
pub(super) fn read(section: &Section<'_>) -> Option<Secret> {
    let plain = section.field("password");
    let file = section.field("password_file");
    let env = section.field("password_env");
    let given: Vec<&Field<'_>> = [&plain, &file, &env].into_iter().flatten().collect();
    if let [first, .., last] = given.as_slice() {
        last.wrong(format!("`{}` is here already: write only one of them", first.name));
        return None;
    }
    let field = given.first()?;
    let text = match field.name {
        "password_file" => from_file(field)?,
        "password_env" => from_environment(field)?,
        _ => {
            warn_of_readers(field, &section.reader.file);
            let text = field.secret_text()?;
            if text == PLACEHOLDER {
                field.warn("this is still the password of the example: put the account's own here".to_owned());
            }
            text.to_owned()
        }
    };
    Secret::new(text).map_err(|error| field.wrong(error)).ok()
}

/// The first line of a file.
fn from_file(field: &Field<'_>) -> Option<String> {
    let path = field.path()?;
    let text =
        fs::read_to_string(&path).map_err(|error| field.wrong(format!("cannot read {}: {error}", path.display())));
    warn_of_readers(field, &path);
    Some(text.ok()?.lines().next().unwrap_or_default().to_owned())
}

fn from_environment(field: &Field<'_>) -> Option<String> {
    let name = field.parse("the name of an environment variable", |name| Ok::<_, String>(name.to_owned()))?;
    let value = (field.reader.env)(&name);
    if value.is_none() {
        field.wrong(format!("the environment variable `{name}` is not set"));
    }
    value
}

/// Warns where others than the file's owner may read a password in it.
#[cfg(unix)]
fn warn_of_readers(field: &Field<'_>, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    // A file that is not there, or no file at all, is spoken of by whoever reads it.
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && mode & 0o077 != 0 {
        let path = path.display();
        field.warn(format!(
            "others on this machine can read the password in {path} (mode {mode:o}): run `chmod 600 {path}`"
        ));
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_field: &Field<'_>, _path: &Path) {}
