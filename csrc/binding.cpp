// The door to Python: arrays are checked and become plain pointers, the interpreter lock is released for the
// whole call, and no Python type goes further than this file. It is compiled once, for any processor, and stands in
// every variant: what is fast, or differs from one variant to the next, is behind run.h, order.h, inputs.h and limits.h.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <optional>
#include <string>

#include "bf16.h"
#include "bind_array.h"
#include "bind_engine.h"
#include "bind_program.h"
#include "bind_threads.h"
#include "limits.h"
#include "run.h"

using namespace gw;

constexpr size_t most_rounds = 64;                  // of a permutation
constexpr int64_t most_updates = int64_t(1) << 53;  // of an optimizer, whose powers take them as doubles

template <class T, int N> using Array = Own<T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
using Matrix = Own<nb::ro, nb::ndim<2>, nb::c_contig, nb::device::cpu>;  // of any stored kind

// Throws for an array whose numbers do not lie where the processor takes them from.
template <class Given> static void check_aligned(const char* name, const Given& array) {
    require(uintptr_t(array.data()) % array.itemsize() == 0, std::string(name) + ": expected an aligned array");
}

template <class Given> static void check_aligned(const char* name, const std::optional<Given>& array) {
    if (array) check_aligned(name, *array);
}

// Rows and targets, held for as long as the engine reads them.
template <class Real> struct Data {
    Matrix x;
    std::optional<Array<const Real, 1>> shift, scale;
    std::optional<Array<const int64_t, 1>> labels;
    std::optional<Array<const Real, 2>> values;
    std::optional<Array<const Real, 1>> weights;

    Features<Real> features() const {
        const nb::dlpack::dtype kind = x.dtype();
        const Stored stored = kind == nb::dtype<uint8_t>() ? Stored::uint8
                              : kind == nb::dtype<float>() ? Stored::float32
                                                           : Stored::float64;
        require(stored != Stored::float64 || kind == nb::dtype<double>(), "x: expected uint8, float32 or float64");
        return {x.data(), stored, long(x.shape(0)), long(x.shape(1)), shift ? shift->data() : nullptr,
                scale ? scale->data() : nullptr};
    }

    Targets<Real> targets() const {
        return {labels ? labels->data() : nullptr, values ? values->data() : nullptr, values ? long(values->shape(1)) : 0,
                weights ? weights->data() : nullptr};
    }

    void check(const Program& program, bool with_targets) const {
        const long rows = x.shape(0), width = program.widths[program.output];
        features();
        check_aligned("x", x);
        check_aligned("shift", shift);
        check_aligned("scale", scale);
        check_aligned("labels", labels);
        check_aligned("values", values);
        check_aligned("weights", weights);
        require(long(x.shape(1)) == program.widths[0], "x: features: " + found(program.widths[0], x.shape(1)));
        for (const auto* map : {&shift, &scale})
            require(!*map || long((*map)->shape(0)) == long(x.shape(1)), "shift and scale: one number for each feature");
        if (!with_targets) return;
        require(rows >= 1, "x: expected at least one row, found none");
        require(labels.has_value() != values.has_value(), "targets: expected labels or values");
        require(!labels || of_classes(program.loss), "labels are for softmax cross-entropy, focal and hinge loss");
        require(labels || !of_labels(program.loss), "focal and hinge loss are for labels");
        require(!labels || long(labels->shape(0)) == rows, "labels: " + found(rows, labels ? labels->shape(0) : 0));
        require(!values || (long(values->shape(0)) == rows && long(values->shape(1)) == width),
                "targets: expected one row of " + std::to_string(width) + " numbers for each row of x");
        require(!weights || long(weights->shape(0)) == rows, "weights: " + found(rows, weights ? weights->shape(0) : 0));
        if (labels) check_labels(labels->data(), rows, width);
    }
};

// Asks a Python function, and lets a pending Ctrl-C through; an exception ends the call and is raised after it.
struct PythonWatcher final : Watcher {
    explicit PythonWatcher(nb::object ask) : ask(std::move(ask)) {}
    nb::object ask;
    std::exception_ptr error;

    bool go_on(long steps, double objective) override {
        if (error) return false;
        const Inside lock;
        try {
            if (PyErr_CheckSignals() != 0) throw nb::python_error();
            if (ask.is_none()) return true;
            const int yes = PyObject_IsTrue(ask(steps, objective).ptr());  // as `if` has it, for NumPy's bool too
            if (yes < 0) throw nb::python_error();
            return yes == 1;
        } catch (...) {
            error = std::current_exception();
            return false;
        }
    }
};

static void check_threads(int threads) {
    require(threads >= 1 && threads <= 1024, "threads: expected 1 to 1024, found " + std::to_string(threads));
}

template <class Real> struct Model {
    Program program;
    long batch_size;
    std::unique_ptr<Run<Real>> run;
    std::atomic<bool> busy{false};

    Model(const Program& p, Family family, long batch, int threads, Precision precision, const std::string& variant)
        : program(p), batch_size(batch) {
        require(batch >= 1 && batch <= most_rows, "batch size: expected 1 to 2^24, found " + std::to_string(batch));
        check_threads(threads);
        run = make_run<Real>(program, family, batch, threads, precision, variant);
    }

    // a row for each epoch, of theta or of a vector as long
    template <class Given> void check_vectors(const char* name, const Given& rows, long epochs) const {
        require(long(rows.shape(0)) == epochs, std::string(name) + ": epochs: " + found(epochs, rows.shape(0)));
        require(long(rows.shape(1)) == program.size, std::string(name) + ": " + found(program.size, rows.shape(1)));
        check_aligned(name, rows);
    }

    // of theta, or of a vector as long
    template <class Given> void check_vector(const char* name, const Given& vector) const {
        require(long(vector.shape(0)) == program.size, std::string(name) + ": " + found(program.size, vector.shape(0)));
        check_aligned(name, vector);
    }
};

// A model belongs to one caller at a time.
template <class Real> class Claim {
  public:
    explicit Claim(Model<Real>& model) : model_(model) {
        require(!model.busy.exchange(true), "model: expected one that is not at work in another thread");
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() { model_.busy = false; }

  private:
    Model<Real>& model_;
};

// Calls work(watcher) without the interpreter lock, and raises what came of asking meanwhile.
template <class Real, class Work> static void at_work(Model<Real>& model, nb::object ask, Work&& work) {
    PythonWatcher watcher(std::move(ask));
    try {
        const Claim<Real> claim(model);
        const Outside unlock;
        work(watcher);
    } catch (const Stopped&) {
    }
    if (watcher.error) std::rethrow_exception(watcher.error);
}

// (arrays, 2): of the rate and of the weight decay
static std::map<long, Factors> factors_of(const Program& program, const Array<const double, 2>& given) {
    require(given.shape(1) == 2, "factors: of the rate and of the decay: " + found(2, given.shape(1)));
    check_aligned("factors", given);
    std::vector<Factors> factors;
    for (size_t k = 0; k < given.shape(0); k++) factors.push_back({given.data()[2 * k], given.data()[2 * k + 1]});
    return by_offset(program, factors);
}

// That of each epoch, for keys (epochs, rounds, 2).
static std::vector<Order> permutations(const Array<const uint32_t, 3>& keys, long rows) {
    const size_t words = 2 * keys.shape(1);
    require(1 <= keys.shape(1) && keys.shape(1) <= most_rounds && keys.shape(2) == 2,
            "keys: expected two for each round, of at most " + std::to_string(most_rounds));
    require(rows <= most_ordered, "rows: expected at most 2^31 - 1 in a permutation, found " + std::to_string(rows));
    check_aligned("keys", keys);
    std::vector<Order> orders;
    for (size_t epoch = 0; epoch < keys.shape(0); epoch++)
        orders.emplace_back(std::vector<uint32_t>(keys.data() + epoch * words, keys.data() + (epoch + 1) * words), rows);
    return orders;
}

static Order given(const std::optional<Array<const int64_t, 1>>& order, long rows) {
    require(order.has_value() && order->shape(0) >= 1, "order: expected keys or row numbers");
    check_aligned("order", order);
    std::vector<int64_t> visits(order->data(), order->data() + order->shape(0));
    for (int64_t row : visits) require(0 <= row && row < rows, "order: a row number is outside x");
    return Order(std::move(visits));
}

template <class Real> static void bind(nb::module_& module, const char* name) {
    using M = Model<Real>;
    using Labels = std::optional<Array<const int64_t, 1>>;
    using Values = std::optional<Array<const Real, 2>>;
    using Map = std::optional<Array<const Real, 1>>;
    using Theta = Array<const Real, 1>;

    nb::class_<M>(module, name)
        .def(nb::init<const Program&, Family, long, int, Precision, const std::string&>(), nb::kw_only(), nb::arg("program"),
             nb::arg("family"), nb::arg("batch_size"), nb::arg("threads"), nb::arg("precision"), nb::arg("variant"))
        .def_prop_ro_static("columns_for_lanes", [](nb::handle) { return columns_for_lanes<Real>(); })
        .def_prop_ro("rows_at_once", [](const M& model) { return model.run->rows_at_once(); })
        .def("value_and_grad",
             [](M& model, Theta theta, Matrix x, Map shift, Map scale, Labels labels, Values values, Map weights, Array<Real, 1> grad) {
                 const Data<Real> data{x, shift, scale, labels, values, weights};
                 data.check(model.program, true);
                 model.check_vector("theta", theta);
                 model.check_vector("grad", grad);
                 double value = 0;
                 at_work(model, nb::none(), [&](Watcher& watcher) {
                     value = model.run->value_and_grad(theta.data(), data.features(), data.targets(), grad.data(), watcher);
                 });
                 return value;
             }, nb::arg("theta").noconvert(), nb::arg("x").noconvert(), nb::arg("shift").noconvert().none(), nb::arg("scale").noconvert().none(),
                nb::arg("labels").noconvert().none(), nb::arg("values").noconvert().none(), nb::arg("weights").noconvert().none(), nb::arg("grad").noconvert())
        .def("predict",
             [](M& model, Theta theta, Matrix x, Map shift, Map scale, Array<Real, 2> output) {
                 const Data<Real> data{x, shift, scale, {}, {}, {}};
                 data.check(model.program, false);
                 model.check_vector("theta", theta);
                 check_aligned("output", output);
                 require(output.shape(0) == x.shape(0) && long(output.shape(1)) == model.program.widths[model.program.output],
                         "output: expected one row for each row of x");
                 at_work(model, nb::none(), [&](Watcher& watcher) {
                     model.run->predict(theta.data(), data.features(), output.data(), watcher);
                 });
             }, nb::arg("theta").noconvert(), nb::arg("x").noconvert(), nb::arg("shift").noconvert().none(), nb::arg("scale").noconvert().none(), nb::arg("output").noconvert())
        .def("evaluate",
             [](M& model, Array<const Real, 2> thetas, Matrix x, Map shift, Map scale, Labels labels, Values values, Map weights,
                Array<double, 2> sums) {
                 const Data<Real> data{x, shift, scale, labels, values, weights};
                 data.check(model.program, true);
                 model.check_vectors("thetas", thetas, sums.shape(0));
                 require(sums.shape(1) == 2, "sums: of losses and of right answers: " + found(2, sums.shape(1)));
                 check_aligned("sums", sums);
                 at_work(model, nb::none(), [&](Watcher& watcher) {
                     for (size_t k = 0; k < sums.shape(0); k++) {
                         double right = 0;
                         sums.data()[2 * k] = model.run->evaluate(thetas.data() + k * model.program.size, data.features(),
                                                                  data.targets(), &right, watcher);
                         sums.data()[2 * k + 1] = right;
                     }
                 });
             }, nb::arg("thetas").noconvert(), nb::arg("x").noconvert(), nb::arg("shift").noconvert().none(), nb::arg("scale").noconvert().none(),
                nb::arg("labels").noconvert().none(), nb::arg("values").noconvert().none(), nb::arg("weights").noconvert().none(),
                nb::arg("sums").noconvert())
        .def("train",
             [](M& model, Array<Real, 2> theta, std::optional<Array<Real, 2>> m, std::optional<Array<Real, 2>> v,
                int64_t t, std::optional<Array<Real, 2>> mean, int64_t step, Matrix x, Map shift, Map scale, Labels labels, Values values, Map weights,
                std::optional<Array<const uint32_t, 3>> keys, std::optional<Array<const int64_t, 1>> order,
                std::optional<Array<const uint64_t, 3>> noise, Array<const double, 2> rates, const Optimizer& optimizer,
                Array<const double, 2> factors, Array<double, 2> objectives, nb::object ask) {
                 const Data<Real> data{x, shift, scale, labels, values, weights};
                 data.check(model.program, true);
                 const long rows = x.shape(0), epochs = theta.shape(0);
                 require(0 <= t && t < most_updates, "t: expected 0 to 2^53 - 1, found " + std::to_string(t));
                 require(0 <= step && step < most_updates, "step: expected 0 to 2^53 - 1, found " + std::to_string(step));
                 require(epochs >= 1, "theta: expected a row for each epoch, found none");
                 model.check_vectors("theta", theta, epochs);
                 require(bool(m) == (optimizer.slots() > 0) && bool(v) == (optimizer.slots() > 1),
                         "the optimizer keeps " + std::to_string(optimizer.slots()) + " vectors");
                 require(bool(mean) == (optimizer.average > 0), "mean: expected one where an average is kept, and only there");
                 if (m) model.check_vectors("m", *m, epochs);
                 if (mean) model.check_vectors("mean", *mean, epochs);
                 if (v) model.check_vectors("v", *v, epochs);
                 std::vector<Order> visits;
                 if (keys) {
                     require(long(keys->shape(0)) == epochs, "keys: epochs: " + found(epochs, keys->shape(0)));
                     visits = permutations(*keys, rows);
                 } else {
                     require(epochs == 1, "order: expected a single epoch, found " + std::to_string(epochs));
                     visits.push_back(given(order, rows));
                 }
                 const long steps = (visits[0].count() + model.batch_size - 1) / model.batch_size;
                 const long of_rates = rates.shape(1), drawn = dropouts(model.program);
                 require(long(rates.shape(0)) == epochs, "rates: epochs: " + found(epochs, rates.shape(0)));
                 require(of_rates == steps || of_rates == 1, "rates: " + found(steps, of_rates));
                 require(long(objectives.shape(0)) == epochs, "objectives: epochs: " + found(epochs, objectives.shape(0)));
                 require(long(objectives.shape(1)) == steps, "objectives: " + found(steps, objectives.shape(1)));
                 const std::map<long, Factors> moved_with = factors_of(model.program, factors);
                 require(drawn == 0 ? !noise
                                    : noise && long(noise->shape(0)) == epochs && long(noise->shape(1)) == steps &&
                                          long(noise->shape(2)) == drawn,
                         "noise: expected " + std::to_string(drawn) + " keys for each step of each epoch");
                 check_aligned("noise", noise);
                 check_aligned("rates", rates);
                 check_aligned("objectives", objectives);
                 long made = 0;
                 at_work(model, std::move(ask), [&](Watcher& watcher) {
                     auto row = [&](auto& of, long epoch) { return of ? of->data() + epoch * model.program.size : nullptr; };
                     for (long epoch = 0; epoch < epochs && made == epoch * steps; epoch++) {
                         Position<Real> at{theta.data() + epoch * model.program.size, row(m, epoch), row(v, epoch), t + made,
                                           row(mean, epoch), step + made};
                         if (epoch > 0) at.begin_after(model.program.size);
                         const EpochRequest<Real> request{data.features(), data.targets(), visits[epoch], model.batch_size,
                                                          rates.data() + epoch * of_rates, of_rates == 1, optimizer, moved_with,
                                                          objectives.data() + epoch * steps,
                                                          noise ? noise->data() + epoch * steps * drawn : nullptr};
                         made += model.run->train(request, at, watcher);
                     }
                 });
                 return made;
             }, nb::kw_only(), nb::arg("theta").noconvert(), nb::arg("m").noconvert().none(), nb::arg("v").noconvert().none(), nb::arg("t"),
                nb::arg("mean").noconvert().none(), nb::arg("step"),
                nb::arg("x").noconvert(), nb::arg("shift").noconvert().none(), nb::arg("scale").noconvert().none(), nb::arg("labels").noconvert().none(),
                nb::arg("values").noconvert().none(), nb::arg("weights").noconvert().none(), nb::arg("keys").noconvert().none(), nb::arg("order").noconvert().none(), nb::arg("noise").noconvert().none() = nb::none(), nb::arg("rates").noconvert(),
                nb::arg("optimizer"), nb::arg("factors").noconvert(), nb::arg("objectives").noconvert(), nb::arg("ask").none());
}

void gw::bind_engine(nb::module_& module) {
    stay_outside_at_exit();
    bind_program(module);
    bind<float>(module, "Model32");
    bind<double>(module, "Model64");
    module.def("has_bf16", [](const std::string& variant) { return bf16_unit(variant, Precision::bf16) != nullptr; });
    module.attr("widest_for_lanes") = widest_for_lanes;
    module.def("measure_limits", [](int threads) {
        check_threads(threads);
        const Outside unlock;
        const Limits limits = measure_limits(threads, [] {
            const Inside lock;
            if (PyErr_CheckSignals() != 0) throw nb::python_error();
        });
        return std::vector<double>{limits.flops, limits.bandwidth};
    });
}
