//! The binding for Python: passes text between Python and [`keyway_binding_core`], without Python's lock. The classes that
//! people use are in `python/keyway`.

use keyway_binding_core as core;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

create_exception!(_native, Problem, PyException, "An error whose text is the problem in JSON.");

/// A chain.
#[derive(Debug)]
#[pyclass(frozen)]
struct NativeSandbox {
    inner: Slot<core::Sandbox>,
}

#[pymethods]
impl NativeSandbox {
    #[new]
    fn new(py: Python<'_>, options: &str) -> PyResult<Self> {
        let sandbox = py.detach(|| core::Sandbox::new(options)).map_err(thrown)?;
        Ok(Self { inner: Slot::of(sandbox) })
    }

    #[staticmethod]
    fn open(py: Python<'_>, source: &str) -> PyResult<Self> {
        let sandbox = py.detach(|| core::Sandbox::open(source)).map_err(thrown)?;
        Ok(Self { inner: Slot::of(sandbox) })
    }

    fn run(&self, py: Python<'_>, request: &str) -> PyResult<String> {
        let sandbox = self.inner.get()?;
        Ok(py.detach(|| sandbox.run(request)))
    }

    fn rpc(&self, py: Python<'_>, body: &str) -> PyResult<String> {
        let sandbox = self.inner.get()?;
        Ok(py.detach(|| sandbox.rpc(body)))
    }

    #[pyo3(signature = (account_id, secret_key=None))]
    fn account(
        &self,
        py: Python<'_>,
        account_id: &str,
        secret_key: Option<&str>,
    ) -> PyResult<NativeActor> {
        let sandbox = self.inner.get()?;
        // An account of a fork is read from the network.
        let actor = py.detach(|| sandbox.account(account_id, secret_key)).map_err(thrown)?;
        Ok(NativeActor { inner: Slot::of(actor) })
    }

    fn impersonate(&self, account_id: &str) -> PyResult<NativeActor> {
        let actor = self.inner.get()?.impersonate(account_id).map_err(thrown)?;
        Ok(NativeActor { inner: Slot::of(actor) })
    }

    fn snapshot(&self) -> PyResult<NativeSnapshot> {
        Ok(NativeSnapshot { inner: self.inner.get()?.snapshot() })
    }

    fn revert(&self, snapshot: &NativeSnapshot) -> PyResult<()> {
        self.inner.get()?.revert(&snapshot.inner).map_err(thrown)
    }

    #[pyo3(name = "clone")]
    fn copy(&self) -> PyResult<Self> {
        Ok(Self { inner: Slot::of(core::Sandbox::clone(&*self.inner.get()?)) })
    }

    fn listen(&self, py: Python<'_>, live: bool) -> PyResult<NativeServer> {
        let sandbox = self.inner.get()?;
        let server = py.detach(|| sandbox.listen(live)).map_err(thrown)?;
        Ok(NativeServer { url: server.url(), inner: Mutex::new(Some(server)) })
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.empty());
    }
}

/// An account that acts.
#[derive(Debug)]
#[pyclass(frozen)]
struct NativeActor {
    inner: Slot<core::Actor>,
}

#[pymethods]
impl NativeActor {
    fn run(&self, py: Python<'_>, request: &str) -> PyResult<String> {
        let actor = self.inner.get()?;
        Ok(py.detach(|| actor.run(request)))
    }

    fn close(&self) {
        self.inner.empty();
    }
}

/// A chain at one moment.
#[derive(Debug)]
#[pyclass(frozen)]
struct NativeSnapshot {
    inner: core::Snapshot,
}

#[pymethods]
impl NativeSnapshot {
    #[getter]
    fn height(&self) -> u64 {
        self.inner.height()
    }
}

/// A chain that is served over HTTP.
#[derive(Debug)]
#[pyclass(frozen)]
struct NativeServer {
    url: String,
    inner: Mutex<Option<core::Server>>,
}

#[pymethods]
impl NativeServer {
    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    fn close(&self, py: Python<'_>) {
        let server = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(server));
    }
}

/// Carries out a request that needs no sandbox.
#[pyfunction]
fn tool(py: Python<'_>, request: &str) -> String {
    py.detach(|| core::tool(request))
}

/// A value until it is closed.
#[derive(Debug)]
struct Slot<T>(Mutex<Option<Arc<T>>>);

impl<T> Slot<T> {
    fn of(value: T) -> Self {
        Self(Mutex::new(Some(Arc::new(value))))
    }

    fn get(&self) -> PyResult<Arc<T>> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        value.ok_or_else(|| {
            let message = "the sandbox was closed; make a new one";
            thrown(core::Problem::sandbox("Sandbox.Disposed", message))
        })
    }

    fn empty(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// An error whose text is the problem in JSON; `keyway/_errors.py` reads it.
fn thrown(problem: core::Problem) -> PyErr {
    Problem::new_err(problem.to_json())
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("Problem", module.py().get_type::<Problem>())?;
    module.add_class::<NativeSandbox>()?;
    module.add_class::<NativeActor>()?;
    module.add_class::<NativeSnapshot>()?;
    module.add_class::<NativeServer>()?;
    module.add_function(wrap_pyfunction!(tool, module)?)
}
