//! A certificate authority and a certificate for `localhost`, made anew for each stage; or one that is not good.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::run;

/// What the server's certificate is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Certificate {
    /// For `localhost` and its services, from the stage's own authority.
    #[default]
    Good,
    /// Signed by nobody but itself, as servers make them at their installation: it says that it is an authority.
    SelfSigned,
    /// From the authority, but for another name.
    OtherName,
    /// From the authority, years ago.
    Expired,
}

const NAMES: &str = "subjectAltName=DNS:localhost,DNS:conference.localhost,DNS:upload.localhost,IP:127.0.0.1\n";
const OTHER: &str = "subjectAltName=DNS:other.example\n";
const LEAF: &str = "basicConstraints=CA:FALSE\n";
const AUTHORITY: &str = "[ca]\ndefault_ca=stage\n[stage]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n\
                         default_md=sha256\npolicy=any\ncertificate=ca.crt\nprivate_key=ca.key\n\
                         [any]\ncommonName=supplied\n";
const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// Writes `ca.crt`, `localhost.crt`, `localhost.key` and `both.pem` (certificate and key in one) to `dir`.
pub(super) fn write(dir: &Path, certificate: Certificate) -> Result<()> {
    fs::create_dir_all(dir)?;
    let names = if certificate == Certificate::OtherName { OTHER } else { NAMES };
    fs::write(dir.join("names"), names.to_owned() + LEAF)?;
    fs::write(dir.join("ca.cnf"), AUTHORITY)?;
    fs::write(dir.join("index"), "")?;
    fs::write(dir.join("serial"), "01\n")?;
    let itself = |name: &str, file: &str| {
        let says = "-days 30 -addext basicConstraints=critical,CA:TRUE";
        format!("req -x509 {KEY} {says} -subj /CN={name} -keyout {file}.key -out {file}.crt")
    };
    // An authority and what it signs: rustls refuses an authority's certificate as a server's own.
    openssl(dir, &itself("stage-ca", "ca"))?;
    if certificate == Certificate::SelfSigned {
        openssl(dir, &(itself("localhost", "localhost") + " -addext " + NAMES))?;
    } else {
        openssl(dir, &format!("req -new {KEY} -subj /CN=localhost -keyout localhost.key -out leaf.csr"))?;
        let long_ago = "-startdate 20200101000000Z -enddate 20200201000000Z";
        let time = if certificate == Certificate::Expired { long_ago } else { "-days 30" };
        let sign = "ca -batch -notext -config ca.cnf -extfile names -in leaf.csr -out localhost.crt";
        openssl(dir, &format!("{sign} {time}"))?;
    }
    let both = fs::read_to_string(dir.join("localhost.crt"))? + &fs::read_to_string(dir.join("localhost.key"))?;
    fs::write(dir.join("both.pem"), both)?;
    Ok(())
}

fn openssl(dir: &Path, arguments: &str) -> Result<()> {
    run(Command::new("openssl").args(arguments.split_whitespace()).current_dir(dir))
}
