//! The loop around the service: messages in, answers out. Each message is begun in the order in which it came, so
//! that a question sees the edits before it and none after; what cannot be answered at once goes on beside the
//! others, and none waits for another.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader};
use tokio::sync::mpsc;
use tower::Service;
use tower_lsp::LspService;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::ls_types::{MessageType, Uri, WorkspaceFolder};

use crate::frame::{self, Frame};
use crate::server::Server;
use crate::shared::{Services, Shared};
use crate::wants;

/// How long answers may still come when the client has gone.
const GRACE: Duration = Duration::from_millis(500);
/// Messages to the client that wait to be written, before those who send more wait.
const OUT: usize = 1 << 10;
/// The stack of threads: deep programs are walked recursively, to depths that the parser limits. It is address
/// space, not memory, as long as it is not used.
const STACK_BYTES: usize = 64 << 20;

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The client said `shutdown` before it went.
    Proper,
    /// It went without a word.
    Abrupt,
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // Lanes bound the work; this leaves room for all of them, and the threads of stdin and stdout.
        .max_blocking_threads(64)
        .thread_stack_size(STACK_BYTES)
        .thread_name("gatos-lsp")
        .enable_all()
        .build()
}

/// Serves one client on stdin and stdout.
///
/// # Errors
/// When there are no threads to be had.
pub fn stdio(services: Services) -> std::io::Result<End> {
    let runtime = runtime()?;
    let end = runtime.block_on(session(tokio::io::stdin(), tokio::io::stdout(), services));
    // A read of stdin cannot be called off; neither it nor work that nobody waits for keeps the process.
    runtime.shutdown_background();
    Ok(end)
}

/// Serves one client after the other on a TCP address; `listening` is told the address, with its port. Ends with the
/// first client that goes when `once`.
///
/// # Errors
/// When the address cannot be listened on.
pub fn tcp(services: Services, at: SocketAddr, once: bool, listening: impl FnOnce(SocketAddr)) -> std::io::Result<End> {
    let runtime = runtime()?;
    let end = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(at).await?;
        listening(listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            // Small answers go out at once.
            stream.set_nodelay(true)?;
            let (input, output) = stream.into_split();
            if once {
                return Ok(session(input, output, services.clone()).await);
            }
            tokio::spawn(session(input, output, services.clone()));
        }
    });
    runtime.shutdown_background();
    end
}

/// Serves one client until it goes.
pub async fn session(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    services: Services,
) -> End {
    let mut kept: Option<Arc<Shared>> = None;
    let (service, socket) = LspService::build(|client| {
        let server = Server::new(client, services);
        kept = Some(server.shared());
        server
    })
    .custom_method(crate::capabilities::own::PREVIEW_FOLD, Server::preview_fold)
    .custom_method(crate::capabilities::own::COMMAND, Server::command)
    .custom_method(crate::capabilities::own::STATUS, Server::status)
    .custom_method("window/workDoneProgress/cancel", Server::cancel_progress)
    .finish();
    let (mut from_server, mut to_server) = socket.split();
    let (out, mut outbox) = mpsc::channel::<Vec<u8>>(OUT);
    let broken = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let broken = broken.clone();
        async move {
            let mut output = output;
            while let Some(body) = outbox.recv().await {
                if frame::write(&mut output, &body).await.is_err() {
                    // Nobody reads any more. Messages go on to be taken, so that nobody waits for this one.
                    broken.store(true, Ordering::Relaxed);
                    break;
                }
            }
        }
    });
    let telling = tokio::spawn({
        let out = out.clone();
        async move {
            while let Some(request) = from_server.next().await {
                let Ok(body) = serde_json::to_vec(&request) else { continue };
                if out.send(body).await.is_err() {
                    break;
                }
            }
        }
    });
    let mut reader = Reader { service, out: out.clone(), shut: false, broken };
    let mut input = BufReader::with_capacity(1 << 16, input);
    let end = reader.run(&mut input, &mut to_server).await;
    if let Some(shared) = kept {
        shared.closed.cancel();
        shared.wake.notify_one();
    }
    drop((reader, out));
    telling.abort();
    // Answers that are under way may still go out; an output that nobody reads is not waited for.
    let _ = tokio::time::timeout(GRACE, writing).await;
    end
}

struct Reader {
    service: LspService<Server>,
    out: mpsc::Sender<Vec<u8>>,
    shut: bool,
    broken: Arc<AtomicBool>,
}

/// What a body says.
enum Message {
    /// A request, and what of it was left out, for the log.
    Request(Request, Vec<String>),
    Response(Response),
    /// Neither; what to answer.
    Wrong(Response),
}

fn understand(body: &[u8]) -> Message {
    let mut value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(e) => return wrong(Id::Null, Error::parse_error(), &e.to_string()),
    };
    let id = value.get("id").and_then(|id| serde_json::from_value::<Id>(id.clone()).ok());
    if value.get("method").is_none() {
        return match serde_json::from_value::<Response>(value) {
            Ok(response) => Message::Response(response),
            Err(_) => wrong(Id::Null, Error::invalid_request(), "neither a request nor an answer"),
        };
    }
    let method = value.get("method").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(id) = &id
        && method.starts_with("$/")
    {
        // As a notification it may be passed over; who asks gets an answer.
        return wrong(id.clone(), Error::method_not_found(), &method);
    }
    let left_out = match method.as_str() {
        "initialize" | "workspace/didChangeWorkspaceFolders" => without_odd_folders(&mut value),
        _ => Vec::new(),
    };
    if method == "initialize"
        && let Some(capabilities) = value.pointer_mut("/params/capabilities")
    {
        wants::understood(capabilities);
    }
    match serde_json::from_value::<Request>(value) {
        Ok(request) => Message::Request(request, left_out),
        Err(e) => wrong(id.unwrap_or(Id::Null), Error::invalid_request(), &e.to_string()),
    }
}

/// Takes the folders out whose URIs are none: the others are served all the same. Says which.
fn without_odd_folders(message: &mut Value) -> Vec<String> {
    let mut left_out = Vec::new();
    let mut note = |uri: Option<&Value>| {
        let uri = uri.map(Value::to_string).unwrap_or_default();
        left_out.push(format!("a folder is left out: {uri} is not a URI"));
    };
    for list in ["/params/workspaceFolders", "/params/event/added", "/params/event/removed"] {
        let Some(folders) = message.pointer_mut(list).and_then(Value::as_array_mut) else { continue };
        folders.retain(|folder| {
            let is_good = serde_json::from_value::<WorkspaceFolder>(folder.clone()).is_ok();
            if !is_good {
                note(folder.get("uri"));
            }
            is_good
        });
    }
    if let Some(root) = message.pointer_mut("/params/rootUri")
        && serde_json::from_value::<Option<Uri>>(root.clone()).is_err()
    {
        note(Some(root));
        *root = Value::Null;
    }
    left_out
}

fn wrong(id: Id, mut error: Error, why: &str) -> Message {
    error.message = format!("{}: {why}", error.message).into();
    Message::Wrong(Response::from_error(id, error))
}

async fn send(out: &mpsc::Sender<Vec<u8>>, response: &Response) {
    if let Ok(body) = serde_json::to_vec(response) {
        // The writer is gone when the client is.
        let _ = out.send(body).await;
    }
}

impl Reader {
    async fn run(
        &mut self,
        input: &mut (impl AsyncBufRead + Unpin),
        to_server: &mut (impl futures::Sink<Response> + Unpin),
    ) -> End {
        loop {
            let body = match frame::read(input).await {
                Frame::Body(body) => body,
                Frame::Garbage(why) => {
                    let mut error = Error::parse_error();
                    error.message = format!("{}: {why}", error.message).into();
                    send(&self.out, &Response::from_error(Id::Null, error)).await;
                    continue;
                }
                Frame::End => return if self.shut { End::Proper } else { End::Abrupt },
            };
            if self.broken.load(Ordering::Relaxed) {
                return if self.shut { End::Proper } else { End::Abrupt };
            }
            match understand(&body) {
                Message::Wrong(response) => send(&self.out, &response).await,
                // An answer to a question that we gave up goes nowhere.
                Message::Response(response) => _ = to_server.send(response).await,
                Message::Request(request, left_out) => {
                    for message in left_out {
                        let params = json!({ "type": MessageType::WARNING, "message": message });
                        let told = json!({ "jsonrpc": "2.0", "method": "window/logMessage", "params": params });
                        // The writer is gone when the client is.
                        let _ = self.out.send(told.to_string().into_bytes()).await;
                    }
                    let is_exit = request.method() == "exit";
                    if is_exit {
                        return if self.shut { End::Proper } else { End::Abrupt };
                    }
                    let is_shutdown = request.method() == "shutdown" && request.id().is_some();
                    let is_done = self.begin(request).await;
                    self.shut |= is_shutdown && is_done;
                }
            }
        }
    }

    /// Begins a request: its first steps happen here, in order; the rest goes on by itself.
    /// Says whether it was answered at once, and not with an error.
    async fn begin(&mut self, request: Request) -> bool {
        let id = request.id().cloned();
        // What is ready is ready at once; what is not belongs to an `initialize` that came a second time.
        if std::future::poll_fn(|cx| Service::<Request>::poll_ready(&mut self.service, cx)).await.is_err() {
            return false;
        }
        let mut answer: Pin<Box<_>> = Box::pin(self.service.call(request));
        match futures::poll!(&mut answer) {
            std::task::Poll::Ready(done) => {
                let response = done.ok().flatten();
                let is_done = response.as_ref().is_some_and(Response::is_ok);
                finish(&self.out, id, response).await;
                is_done
            }
            std::task::Poll::Pending => {
                let out = self.out.clone();
                tokio::spawn(async move {
                    let done = answer.await;
                    finish(&out, id, done.ok().flatten()).await;
                });
                false
            }
        }
    }
}

async fn finish(out: &mpsc::Sender<Vec<u8>>, id: Option<Id>, response: Option<Response>) {
    match (response, id) {
        (Some(response), _) => send(out, &response).await,
        // A request always has an answer, even one of a kind that is left without.
        (None, Some(id)) => send(out, &Response::from_ok(id, json!(null))).await,
        (None, None) => {}
    }
}
