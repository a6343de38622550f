//! How mails read, and how they leave.

mod compose;
mod letter;
mod sample;
mod sender;
mod transport;

pub(crate) use compose::compose;
pub(crate) use letter::Letter;
pub(crate) use sample::samples;
pub(crate) use sender::Sender;
pub(crate) use transport::{Envelope, SendFault, Transport, write_message};
