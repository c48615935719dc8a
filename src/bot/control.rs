//! What the control socket may ask of the bot as a whole.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::router::Router;
use crate::control::{ControlActions, doctor::Connection};

/// A wish that ends or changes the whole bot; whoever runs it carries it out.
pub enum Wish {
    /// Read the configuration again, and tell what is wrong with it.
    Reload(oneshot::Sender<Result<(), Vec<String>>>),
    /// End.
    Stop,
}

/// The actions behind the socket.
pub(super) struct Actions {
    pub(super) wishes: mpsc::Sender<Wish>,
    pub(super) router: Arc<Router>,
}

#[async_trait]
impl ControlActions for Actions {
    async fn reload(&self) -> Result<(), Vec<String>> {
        let nobody = || Err(vec!["nobody reads the configuration again in this process".to_owned()]);
        let (reply, answer) = oneshot::channel();
        if self.wishes.send(Wish::Reload(reply)).await.is_err() {
            return nobody();
        }
        answer.await.unwrap_or_else(|_| nobody())
    }

    fn stop(&self) {
        // A full queue of wishes has a stop in it already, or an end is near.
        drop(self.wishes.try_send(Wish::Stop));
    }

    async fn connections(&self) -> Vec<Connection> {
        self.router.connections()
    }
}
