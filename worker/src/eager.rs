//! Answers that are there at once, without a promise.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;
use wasm_bindgen::JsValue;
use worker::{wasm_bindgen_futures::future_to_promise, web_sys};

/// Whom to wake, once that is known.
#[derive(Default)]
struct Later(AtomicWaker);

impl Wake for Later {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// The response, if the work ends without waiting for anything; the promise of it otherwise.
///
/// # Errors
/// Those of the work.
pub fn answer(work: impl Future<Output = worker::Result<web_sys::Response>> + 'static) -> Result<JsValue, JsValue> {
    let mut work: Pin<Box<dyn Future<Output = _>>> = Box::pin(work);
    // `worker::Delay` keeps the waker of its first poll for good, so that one has to lead to the promise's.
    let later = Arc::new(Later::default());
    let waker = Waker::from(Arc::clone(&later));
    if let Poll::Ready(response) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
        return Ok(response?.into());
    }
    let promise = future_to_promise(async move {
        let response = poll_fn(|context| {
            later.0.register(context.waker());
            work.as_mut().poll(&mut Context::from_waker(&waker))
        });
        Ok(response.await?.into())
    });
    Ok(promise.into())
}
