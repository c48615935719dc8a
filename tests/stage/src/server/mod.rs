//! A real server on loopback that nobody else sees: own ports, own folder, own certificates, gone with its value.

mod certs;
mod ejabberd;
mod options;
mod prosody;

use std::fs::{self, File, Permissions};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::ports::Port;
use crate::process::Process;
use crate::wire::{self, Wire};

pub use certs::Certificate;
pub use options::Options;

/// Where [`Prosody::start`] lives.
#[derive(Debug)]
pub struct Prosody;

/// Where [`Ejabberd::start`] lives.
#[derive(Debug)]
pub struct Ejabberd;

impl Prosody {
    /// Starts a Prosody and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed, or does not come up; the message carries the end of its log.
    pub async fn start(options: Options) -> Result<Server> {
        Server::start(Kind::Prosody, options).await
    }
}

impl Ejabberd {
    /// Starts an ejabberd and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed, or does not come up; the message carries the end of its log.
    pub async fn start(options: Options) -> Result<Server> {
        Server::start(Kind::Ejabberd, options).await
    }
}

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Prosody: occupant ids always, moderation as `urn:xmpp:message-moderate:0` with its module.
    Prosody,
    /// ejabberd; that of Debian 12 offers neither occupant ids nor moderation.
    Ejabberd,
}

/// Where the server listens. The numbers stay the same over restarts.
#[derive(Debug)]
struct Ports {
    c2s: Port,
    direct_tls: Port,
    http: Port,
    component: Port,
    stage_door: Port,
    /// ejabberd's node needs one, though nobody talks to it.
    node: Port,
}

/// A running server. Dropped, it is killed and its folder removed.
#[derive(Debug)]
pub struct Server {
    // Declared first, so dropped first: the folder goes after the process that writes to it.
    process: Option<Process>,
    kind: Kind,
    options: Options,
    ports: Ports,
    dir: TempDir,
    log: PathBuf,
}

/// How often a clash over a port is answered with other ports.
const TRIES: usize = 4;

impl Server {
    /// Starts a server of this kind and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed, or does not come up; the message carries the end of its log.
    pub async fn start(kind: Kind, options: Options) -> Result<Self> {
        let mut tried = 1;
        loop {
            let mut server = Self::prepare(kind, options.clone())?;
            match server.up().await {
                Ok(()) => return Ok(server),
                Err(_) if tried < TRIES && server.has_port_clash() => tried += 1,
                Err(err) => return Err(err),
            }
        }
    }

    fn prepare(kind: Kind, options: Options) -> Result<Self> {
        let prefix = if kind == Kind::Prosody { "prosody-" } else { "ejabberd-" };
        let dir = tempfile::Builder::new().prefix(prefix).tempdir()?;
        let ports = Ports {
            c2s: Port::claim()?,
            direct_tls: Port::claim()?,
            http: Port::claim()?,
            component: Port::claim()?,
            stage_door: Port::claim()?,
            node: Port::claim()?,
        };
        certs::write(&dir.path().join("certs"), options.certificate)?;
        let log = dir.path().join("console.log");
        let server = Self { process: None, kind, options, ports, dir, log };
        match kind {
            Kind::Prosody => prosody::write(&server)?,
            Kind::Ejabberd => ejabberd::write(&server)?,
        }
        if let Some(user) = server.user() {
            give_to(user, server.dir.path())?;
        }
        Ok(server)
    }

    /// The system user the server runs as: its own when we are root, else ourselves.
    fn user(&self) -> Option<&'static str> {
        let name = match self.kind {
            Kind::Prosody => "prosody",
            Kind::Ejabberd => "ejabberd",
        };
        rustix::process::getuid().is_root().then_some(name)
    }

    async fn up(&mut self) -> Result<()> {
        let mut command = match self.kind {
            Kind::Prosody => prosody::command(self),
            Kind::Ejabberd => ejabberd::command(self)?,
        };
        let log = File::options().create(true).append(true).open(&self.log)?;
        command.current_dir(self.dir.path()).stdin(std::process::Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        self.process = Some(Process::spawn(command)?.0);
        let answered = self.answers(Duration::from_secs(60)).await;
        answered.with_context(|| format!("{:?} did not come up; the end of its log:\n{}", self.kind, self.log_tail()))
    }

    /// Waits until a stream header is answered with features, by the process that we started.
    async fn answers(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let (address, stage_door) = (self.address(), self.stage_door());
            let answer = match wire::probe(address, self.domain()).await {
                Ok(()) => wire::probe(stage_door, self.domain()).await,
                Err(err) => Err(err),
            };
            if let Some(status) = self.process.as_ref().and_then(Process::exited) {
                bail!("ended with {status}");
            }
            if self.has_port_clash() {
                bail!("a port was taken");
            }
            match answer {
                Ok(()) => return Ok(()),
                Err(err) if Instant::now() > deadline => return Err(err),
                // Nothing tells when a server starts to listen; it is asked until it does.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn has_port_clash(&self) -> bool {
        let log = fs::read_to_string(&self.log).unwrap_or_default().to_lowercase();
        log.contains("address already in use") || log.contains("eaddrinuse")
    }

    /// Stops it politely, and by force after 5 s.
    ///
    /// # Errors
    /// When it cannot even be killed.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.stop(Duration::from_secs(5)).await?;
        }
        Ok(())
    }

    /// Kills it as a power cut would.
    ///
    /// # Errors
    /// When it does not go away.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill().await?;
        }
        Ok(())
    }

    /// Starts it again after [`stop`](Self::stop) or [`kill`](Self::kill): same ports, same data.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn up_again(&mut self) -> Result<()> {
        self.up().await
    }

    /// Stops it politely and starts it again: same ports, same data.
    ///
    /// # Errors
    /// As the two halves.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.up().await
    }

    /// Makes the account `user@localhost`; one that is there already stays as it is.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn register(&self, user: &str, password: &str) -> Result<()> {
        Wire::open(self.stage_door(), self.domain()).await?.register(user, password).await
    }

    /// Lets a running ejabberd do something: an expression of Erlang, in which `Node` is the name of its node. Gives what
    /// comes of it, as Erlang writes it.
    ///
    /// # Errors
    /// When it is no ejabberd, or does not answer.
    pub async fn erlang(&self, expression: &str) -> Result<String> {
        ensure!(self.kind == Kind::Ejabberd, "{:?} knows no Erlang", self.kind);
        let mut command = tokio::process::Command::from(ejabberd::eval(self, expression)?);
        command.stdin(std::process::Stdio::null()).kill_on_drop(true);
        let output = timeout(Duration::from_secs(30), command.output()).await.context("Erlang takes too long")??;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Which server it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The domain of the accounts.
    #[must_use]
    pub fn domain(&self) -> &'static str {
        "localhost"
    }

    /// The domain of the rooms.
    #[must_use]
    pub fn conference(&self) -> &'static str {
        "conference.localhost"
    }

    /// The JID of a room on the usual service.
    #[must_use]
    pub fn room(&self, name: &str) -> String {
        format!("{name}@{}", self.conference())
    }

    /// Where clients connect: STARTTLS, and plain TCP if the options allow it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.c2s.number()).into()
    }

    /// Where the people connect: plain TCP whatever the options say, and on ejabberd without shapers.
    #[must_use]
    pub fn stage_door(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.stage_door.number()).into()
    }

    /// Where clients connect with TLS from the first byte.
    #[must_use]
    pub fn direct_tls(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.direct_tls.number()).into()
    }

    /// Where its HTTP side listens (uploads).
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.http.number()).into()
    }

    /// Where components connect (`comp.localhost`, secret `secret`).
    #[must_use]
    pub fn component(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.component.number()).into()
    }

    /// The authority that its certificate comes from; one that comes from nobody stands for itself.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        let is_own = self.options.certificate == Certificate::SelfSigned;
        self.dir.path().join(if is_own { "certs/localhost.crt" } else { "certs/ca.crt" })
    }

    /// Its process id, while it is up.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// The last lines of what it wrote.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
    }

    /// Everything it wrote since its first start.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Hands a folder and all below it to a system user, and lets that user pass through it.
fn give_to(user: &str, dir: &Path) -> Result<()> {
    let passwd = fs::read_to_string("/etc/passwd")?;
    let entry = passwd.lines().find(|it| it.split(':').next() == Some(user));
    let entry = entry.with_context(|| format!("there is no system user {user}: is the package installed?"))?;
    let mut ids = entry.split(':').skip(2).map(str::parse::<u32>);
    let (Some(Ok(uid)), Some(Ok(gid))) = (ids.next(), ids.next()) else { bail!("odd line in /etc/passwd: {entry}") };
    fs::set_permissions(dir, Permissions::from_mode(0o755))?;
    let mut todo = vec![dir.to_owned()];
    while let Some(path) = todo.pop() {
        chown(&path, Some(uid), Some(gid))?;
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                todo.push(entry?.path());
            }
        }
    }
    Ok(())
}

/// Runs a short-lived tool, its output kept for the error.
fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
