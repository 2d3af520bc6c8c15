"""The form to sign in: allauth's, which says as well how long to wait."""

from allauth.account.views import LoginView
from django.http import HttpResponse

from siegel.identity.adapter import THROTTLED
from siegel.identity.sign_in_form import SignInForm


class SignIn(LoginView):  # type: ignore[misc] # allauth ships no types
    """Too many tries are answered with 429, whoever has the address."""

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        """The form again, with what was wrong."""
        answer: HttpResponse = super().form_invalid(form)
        for problem in form.non_field_errors().as_data():
            if problem.code == THROTTLED:
                answer.status_code = 429
                answer.headers["Retry-After"] = str(problem.params["seconds"])
        return answer


sign_in = SignIn.as_view()
