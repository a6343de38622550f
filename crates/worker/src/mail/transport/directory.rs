use std::{path::PathBuf, sync::Arc};

use lettre::message::Mailbox;

use super::{Envelope, SendFault, message::message};

/// Writes each mail as a file `.eml`, named after the mail: sent twice, it is still one file.
#[derive(Clone)]
pub(crate) struct Directory {
    path: Arc<PathBuf>,
    from: Mailbox,
}

impl Directory {
    pub(super) fn new(path: &str, from: Mailbox) -> Self {
        Self {
            path: Arc::new(PathBuf::from(path)),
            from,
        }
    }

    pub(super) async fn send(&self, envelope: &Envelope) -> Result<String, SendFault> {
        let bytes = message(envelope, &self.from)?.formatted();
        let name = format!("{}.eml", envelope.mail_id);
        let busy = |error: std::io::Error| SendFault::Busy {
            after: None,
            reason: format!("the directory for mails cannot be written: {error}"),
        };
        tokio::fs::create_dir_all(&*self.path).await.map_err(busy)?;
        // Under its name only when it is whole.
        let draft = self.path.join(format!(".{name}"));
        tokio::fs::write(&draft, bytes).await.map_err(busy)?;
        tokio::fs::rename(&draft, self.path.join(&name))
            .await
            .map_err(busy)?;
        Ok(name)
    }
}
