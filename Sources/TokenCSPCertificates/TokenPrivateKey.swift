internal import TokenCSP
internal import X509
