// What a stranger's plan could do to the engine. Bytes become a plan that is sound, then changes to its fields, then
// data: what check_program lets through is trained for an epoch, differentiated and run forward, on arrays that end
// where their numbers do, so that a sanitizer sees every step past them. It may be refused; nothing else may happen.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "run.h"
#include "valid_backward.h"

using namespace gw;

namespace {

constexpr long most_numbers = 20000;  // of a plan that is run: each run takes milliseconds

// The input's bytes in turn, and zeros after its end.
class Bytes {
  public:
    Bytes(const uint8_t* data, size_t size) : data_(data), end_(data + size) {}

    bool left() const { return data_ < end_; }
    int next() { return left() ? *data_++ : 0; }
    int below(int n) { return next() % n; }
    template <class Enum> Enum word() { return Enum(below(int(names<Enum>.size()))); }

    // mostly a small number, as buffers, steps and widths are, sometimes one at an edge
    long number() {
        static constexpr long edges[] = {1 << 24, (1 << 24) - 1, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
        const int byte = next();
        return byte < 252 ? byte % 16 - 2 : edges[byte - 252];
    }
    double slope() { return (next() - 16) / 128.0; }

  private:
    const uint8_t *data_, *end_;
};

// A chain of one to four linear steps, and the way back through it.
Program chain(Bytes& bytes) {
    Program p{{1 + bytes.below(9)}, {}, {}, {{-1, 0}}, 0, 0, bytes.word<LossKind>(), 0.5, bytes.word<PenaltyKind>(), 0.01};
    const int steps = 1 + bytes.below(4);
    for (int k = 0; k < steps; k++) {
        const int inputs = p.widths.back(), byte = bytes.next(), outputs = byte < 240 ? 1 + byte % 9 : 130 + byte % 9;
        const auto activation = Activation(bytes.below(5));  // those whose derivative is known from the output
        const bool bias = bytes.below(2);
        p.steps.push_back({StepKind::linear, k, -1, k + 1, inputs, outputs, activation, 0.1, p.size, bias ? p.size + long(inputs) * outputs : -1});
        p.size += long(inputs) * outputs + (bias ? outputs : 0);
        p.widths.push_back(outputs);
        p.deltas.push_back({k, 0});
    }
    p.output = steps;
    for (int k = steps - 1; k >= 0; k--) {
        const Step& s = p.steps[k];
        if (s.activation != Activation::none)
            p.backward.push_back({BackwardKind::pass_on, false, s.target, s.target, s.target, s.activation, s.slope, -1, -1});
        if (k > 0) p.backward.push_back({BackwardKind::input_product, false, -1, -1, -1, Activation::none, 0, k, k + 1});
        p.backward.push_back({BackwardKind::parameter_product, false, -1, -1, -1, Activation::none, 0, k, k + 1});
    }
    return p;
}

void change(Step& s, Bytes& bytes) {
    switch (bytes.below(10)) {
        case 0: s.kind = bytes.word<StepKind>(); return;
        case 1: s.source = int(bytes.number()); return;
        case 2: s.addend = int(bytes.number()); return;
        case 3: s.target = int(bytes.number()); return;
        case 4: s.inputs = int(bytes.number()); return;
        case 5: s.outputs = int(bytes.number()); return;
        case 6: s.activation = bytes.word<Activation>(); return;
        case 7: s.slope = bytes.slope(); return;
        case 8: s.weight = bytes.number() * (1L << bytes.below(32)); return;
        case 9: s.bias = bytes.number(); return;
    }
}

void change(BackwardStep& b, Bytes& bytes) {
    switch (bytes.below(9)) {
        case 0: b.kind = bytes.word<BackwardKind>(); return;
        case 1: b.accumulate = bytes.below(2); return;
        case 2: b.source = int(bytes.number()); return;
        case 3: b.target = int(bytes.number()); return;
        case 4: b.known = int(bytes.number()); return;
        case 5: b.activation = bytes.word<Activation>(); return;
        case 6: b.slope = bytes.slope(); return;
        case 7: b.first = int(bytes.number()); return;
        case 8: b.last = int(bytes.number()); return;
    }
}

void change(Program& p, Bytes& bytes) {
    const auto any = [&](auto& items) -> auto& { return items[bytes.next() % items.size()]; };
    switch (bytes.below(11)) {
        case 0:
        case 1: return change(any(p.steps), bytes);
        case 2:
        case 3: if (!p.backward.empty()) change(any(p.backward), bytes); return;
        case 4: if (!p.backward.empty()) p.backward.erase(p.backward.begin() + bytes.next() % p.backward.size()); return;
        case 5: if (!p.backward.empty()) p.backward.push_back(any(p.backward)); return;
        case 6: if (!p.backward.empty()) std::swap(any(p.backward), any(p.backward)); return;
        case 7: any(p.deltas) = {int(bytes.number()), int(bytes.number())}; return;
        case 8: any(p.widths) = int(bytes.number()); return;
        case 9: p.output = int(bytes.number()); return;
        case 10: p.size = bytes.number(); return;
    }
}

struct Answers final : Watcher {
    explicit Answers(bool yes) : yes(yes) {}
    bool yes;
    bool go_on(long, double) override { return yes; }
};

void run(const Program& program, Bytes& bytes) {
    const long rows = 1 + bytes.below(20), batch = 1 + bytes.below(12), width = program.widths[program.output];
    const auto family = bytes.word<Family>();
    const Optimizer optimizer{bytes.word<OptimizerKind>(), 0.9, 0.9, 0.99, 1e-8, 0.01, bytes.below(2) * 0.5};
    const auto model = make_run<float>(program, family, batch, 1 + bytes.below(2), Precision::float32);
    Answers watcher(bytes.below(8) > 0);

    const auto numbers = [&](long count) {
        std::vector<float> made(count);
        for (long i = 0; i < count; i++) made[i] = float((i * 37 + 11) % 64) / 128 - 0.25f;
        return made;
    };
    const std::vector<float> x = numbers(rows * program.widths[0]), shift = numbers(program.widths[0]), values = numbers(rows * width);
    const std::vector<uint8_t> stored(x.size(), 3);
    std::vector<int64_t> labels(rows), order(1 + bytes.below(40));
    for (int64_t& label : labels) label = bytes.next() % width;
    for (int64_t& row : order) row = bytes.next() % rows;
    const bool with_labels = program.loss == LossKind::softmax_cross_entropy && bytes.below(2), as_bytes = bytes.below(2);
    const Features<float> features{as_bytes ? static_cast<const void*>(stored.data()) : x.data(),
                                   as_bytes ? Stored::uint8 : Stored::float32, rows, program.widths[0],
                                   bytes.below(2) ? shift.data() : nullptr, nullptr};
    const Targets<float> targets{with_labels ? labels.data() : nullptr, with_labels ? nullptr : values.data(), with_labels ? 0 : width};

    std::vector<float> theta = numbers(program.size), m(program.size), v(program.size), grad(program.size), output(rows * width);
    const double rate = 0.01;
    std::vector<double> objectives((order.size() + batch - 1) / batch);
    Order visits(order);
    std::vector<Factors> factors(trained_arrays(program).size(), {1, 1});
    if (bytes.below(2))
        for (Factors& of : factors) of = {bytes.below(3) * 0.5, bytes.below(2) * 1.0};
    const EpochRequest<float> request{features, targets, visits, batch, &rate, true, optimizer, by_offset(program, factors),
                                      objectives.data()};
    Position<float> at{theta.data(), optimizer.slots() > 0 ? m.data() : nullptr, optimizer.slots() > 1 ? v.data() : nullptr, 0};
    if (model->train(request, at, watcher) > long(objectives.size())) std::abort();
    model->value_and_grad(theta.data(), features, targets, grad.data(), watcher);
    model->predict(theta.data(), features, output.data(), watcher);
    double right = 0;
    model->evaluate(theta.data(), features, targets, &right, watcher);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Bytes bytes(data, size);
    Program program = chain(bytes);
    for (int changes = bytes.below(4); changes > 0 && bytes.left(); changes--) change(program, bytes);
    try {
        check_program(program);
        if (program.size + std::accumulate(program.widths.begin(), program.widths.end(), 0L) > most_numbers) return 0;
        run(program, bytes);
    } catch (const std::invalid_argument&) {  // refused
    } catch (const Stopped&) {
    }
    return 0;
}
