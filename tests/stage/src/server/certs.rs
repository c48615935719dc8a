//! A certificate authority and a leaf for `localhost`, made anew for each stage.
//!
//! Two certificates and not a self-signed one: rustls refuses an authority's certificate as a server's own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::run;

const NAMES: &str = "subjectAltName=DNS:localhost,DNS:conference.localhost,DNS:upload.localhost,IP:127.0.0.1\n\
                     basicConstraints=CA:FALSE\n";

/// Writes `ca.crt`, `localhost.crt`, `localhost.key` and `both.pem` (leaf and key in one) to `dir`.
pub(super) fn write(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("names"), NAMES)?;
    openssl(
        dir,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=stage-ca \
         -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.crt",
    )?;
    openssl(
        dir,
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout localhost.key \
         -out leaf.csr",
    )?;
    openssl(
        dir,
        "x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out localhost.crt",
    )?;
    let both = fs::read_to_string(dir.join("localhost.crt"))? + &fs::read_to_string(dir.join("localhost.key"))?;
    fs::write(dir.join("both.pem"), both)?;
    Ok(())
}

fn openssl(dir: &Path, arguments: &str) -> Result<()> {
    run(Command::new("openssl").args(arguments.split_whitespace()).current_dir(dir))
}
