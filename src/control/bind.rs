//! Makes the socket, so that at no moment anybody else can open it.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::{
        fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another process answers there.
    #[error("a bot is running already: it answers at {}", path.display())]
    Live {
        /// The socket.
        path: PathBuf,
    },
    /// Something else has that name.
    #[error("{} is in the way: it is no socket", path.display())]
    NoSocket {
        /// What is in the way.
        path: PathBuf,
    },
    /// The machine refused.
    #[error("cannot make the control socket {}: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
}

/// A bound control socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    pub(super) listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // If it is gone already, all is well; if it cannot be removed, the next start finds it dead and replaces it.
        fs::remove_file(&self.path).ok();
    }
}

/// Makes the socket at this path. One that a dead process left is replaced. Must be called inside a tokio runtime.
///
/// The file comes into being in a folder that only we may enter, gets mode 0600 there, and is then moved to its place
/// in one step.
///
/// # Errors
/// If a live process answers at the path, something that is no socket has it, or the machine refuses.
pub fn bind(path: &Path) -> Result<Socket, ControlError> {
    let io = |source| ControlError::Io { path: path.to_owned(), source };
    make_way(path)?;
    let folder = path.with_file_name(format!(".ctl-{}", std::process::id()));
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        Ok(()) | Err(_) => (),
    }
    DirBuilder::new().mode(0o700).create(&folder).map_err(io)?;
    let bound = bind_in(&folder, path);
    // A folder that stays behind is empty and does no harm.
    fs::remove_dir_all(&folder).ok();
    let listener = bound.map_err(io)?;
    Ok(Socket { listener, path: path.to_owned() })
}

fn bind_in(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    let made = folder.join("s");
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, Permissions::from_mode(0o600))?;
    fs::rename(&made, path)?;
    Ok(listener)
}

/// Sees whether the path may be taken.
fn make_way(path: &Path) -> Result<(), ControlError> {
    let io = |source| ControlError::Io { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
        Ok(it) if !it.file_type().is_socket() => return Err(ControlError::NoSocket { path: path.to_owned() }),
        Ok(_) => (),
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(ControlError::Live { path: path.to_owned() }),
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => Ok(()),
        Err(error) => Err(io(error)),
    }
}
