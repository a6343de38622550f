//! A mail server that speaks SMTP (RFC 5321) over a real socket, with faults on demand.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What goes wrong with the next messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpFault {
    /// Nothing: they are taken.
    None,
    /// The reader is refused with this code, and with words that repeat the address.
    Reader(u16),
    /// The whole message is refused with this code.
    Message(u16),
    /// The message is taken, and the line goes dead before the answer.
    Silence,
    /// Nobody is let in: the line goes dead at once.
    Closed,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpMessage {
    /// The sender of the envelope.
    pub from: String,
    /// The readers of the envelope.
    pub to: Vec<String>,
    /// The message as it came, without the doubled dots.
    pub text: String,
}

struct State {
    fault: SmtpFault,
    taken: Vec<SmtpMessage>,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub struct SmtpServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl SmtpServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                fault: SmtpFault::None,
                taken: Vec::new(),
            })),
        };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = own.clone();
                // A client that goes away ends its own conversation only.
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    /// Returns its URL, as `SMTP_URL` wants it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Says what goes wrong from now on.
    pub fn fail_with(&self, fault: SmtpFault) {
        self.with(|state| state.fault = fault);
    }

    /// Returns the messages that were taken so far, in their order.
    #[must_use]
    pub fn taken(&self) -> Vec<SmtpMessage> {
        self.with(|state| state.taken.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fault(&self) -> SmtpFault {
        self.with(|state| state.fault)
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        if self.fault() == SmtpFault::Closed {
            return None;
        }
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        say(&mut writing, "220 stand-in ESMTP").await?;
        let (mut from, mut to) = (String::new(), Vec::new());
        while let Some(line) = lines.next_line().await.ok()? {
            let verb = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_uppercase();
            match verb.as_str() {
                "EHLO" => say(&mut writing, "250-stand-in\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
                "HELO" | "NOOP" => say(&mut writing, "250 OK").await?,
                "RSET" => {
                    to.clear();
                    say(&mut writing, "250 OK").await?;
                }
                "MAIL" => {
                    from = address_in(&line);
                    to.clear();
                    say(&mut writing, "250 OK").await?;
                }
                "RCPT" => match self.fault() {
                    SmtpFault::Reader(code) => {
                        let told = format!("{code} <{}> is not known here", address_in(&line));
                        say(&mut writing, &told).await?;
                    }
                    _ => {
                        to.push(address_in(&line));
                        say(&mut writing, "250 OK").await?;
                    }
                },
                "DATA" => {
                    say(&mut writing, "354 go on").await?;
                    let text = message(&mut lines).await?;
                    self.end(
                        &mut writing,
                        SmtpMessage {
                            from: from.clone(),
                            to: to.clone(),
                            text,
                        },
                    )
                    .await?;
                }
                "QUIT" => return say(&mut writing, "221 bye").await,
                _ => say(&mut writing, "500 what?").await?,
            }
        }
        Some(())
    }

    async fn end(
        &self,
        writing: &mut (impl AsyncWriteExt + Unpin),
        message: SmtpMessage,
    ) -> Option<()> {
        match self.fault() {
            SmtpFault::Message(code) => {
                let told = format!("{code} not this one for {}", message.to.join(" "));
                say(writing, &told).await
            }
            fault => {
                self.with(|state| state.taken.push(message));
                if fault == SmtpFault::Silence {
                    return None;
                }
                say(writing, "250 taken").await
            }
        }
    }
}

async fn say(writing: &mut (impl AsyncWriteExt + Unpin), line: &str) -> Option<()> {
    writing
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .ok()
}

async fn message<R: AsyncBufReadExt + Unpin>(lines: &mut tokio::io::Lines<R>) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = lines.next_line().await.ok()??;
        if line == "." {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push_str("\r\n");
    }
}

fn address_in(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}
